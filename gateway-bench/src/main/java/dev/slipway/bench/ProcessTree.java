package dev.slipway.bench;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/**
 * The resources used by a process and its descendants, as Linux reports them (<a
 * href="https://man7.org/linux/man-pages/man5/proc.5.html">proc(5)</a>). A process that ends while it is read does not
 * count.
 *
 * @param root the root process of the tree
 */
record ProcessTree(ProcessHandle root) {
    /** User programs see clock ticks of a hundredth of a second, whatever the kernel uses. */
    private static final double TICKS_PER_SECOND = 100;

    /**
     * The CPU time of all processes of the tree, in seconds, including that of their ended children that were waited
     * for.
     */
    double cpuSeconds() {
        return processes().mapToDouble(ProcessTree::cpuSeconds).sum();
    }

    /** The sum of the peak resident memory of all live processes, in bytes. Shared pages count in each. */
    long peakBytes() {
        return processes()
                .mapToLong(pid -> value(lines(pid, "status"), "VmHWM:") * 1024)
                .sum();
    }

    /** The present memory of the tree, in bytes: a page that several processes share counts once in all. */
    long proportionalBytes() {
        return processes()
                .mapToLong(pid -> value(lines(pid, "smaps_rollup"), "Pss:") * 1024)
                .sum();
    }

    /** The bytes that the live processes have read and written so far, from files and sockets. */
    long transferredBytes() {
        return processes()
                .mapToLong(pid -> {
                    List<String> lines = lines(pid, "io");
                    return value(lines, "rchar:") + value(lines, "wchar:");
                })
                .sum();
    }

    private Stream<Long> processes() {
        return Stream.concat(Stream.of(root), root.descendants()).map(ProcessHandle::pid);
    }

    private static double cpuSeconds(long pid) {
        List<String> lines = lines(pid, "stat");
        return lines.isEmpty() ? 0 : cpuSeconds(lines.getFirst());
    }

    /** The CPU time of ended children of this Java process, in seconds: in a benchmark, the clients. */
    static double endedChildrenCpuSeconds() {
        String[] fields = fields(lines(ProcessHandle.current().pid(), "stat").getFirst());
        return (Long.parseLong(fields[13]) + Long.parseLong(fields[14])) / TICKS_PER_SECOND;
    }

    /** utime + stime + cutime + cstime of a line of {@code /proc/PID/stat}, in seconds. */
    static double cpuSeconds(String stat) {
        String[] fields = fields(stat);
        long ticks = 0;
        for (int i = 11; i <= 14; i++) {
            ticks += Long.parseLong(fields[i]);
        }
        return ticks / TICKS_PER_SECOND;
    }

    /**
     * The fields from the third one on. The second is the program's name in parentheses, which may contain any
     * character.
     */
    private static String[] fields(String stat) {
        return stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1);
    }

    /** The value of the line with a name; 0 if there is none. */
    static long value(List<String> lines, String name) {
        for (String line : lines) {
            if (line.startsWith(name)) {
                return Long.parseLong(
                        line.substring(name.length()).replace("kB", "").strip());
            }
        }
        return 0;
    }

    private static List<String> lines(long pid, String file) {
        try {
            return Files.readAllLines(Path.of("/proc", Long.toString(pid), file));
        } catch (IOException e) {
            return List.of();
        } catch (UncheckedIOException e) {
            return List.of();
        }
    }
}
