package dev.slipway.ingest.pull;

import java.util.ArrayList;
import java.util.List;

/**
 * What a run of a pull has done so far.
 *
 * @param found files of the source that are wanted
 * @param stored files that were stored, or would be by a dry run
 * @param bytes their bytes; of a file that was resumed all of them
 * @param unchanged files that were already there
 * @param waiting files that may still be written to, and are left for the next run
 * @param failed files that could not be stored, and folders that could not be listed
 * @param invalid files whose names are not valid keys
 * @param leftOut links, devices, sockets and named pipes
 * @param vanished stored files whose sources have vanished, and that were deleted or moved
 * @param problems the first problems, and for a dry run what it would store, each in a sentence
 */
@SuppressWarnings("exports") // its lists are copied
public record PullReport(
        long found,
        long stored,
        long bytes,
        long unchanged,
        long waiting,
        long failed,
        long invalid,
        long leftOut,
        long vanished,
        List<String> problems) {
    /** A run that has done nothing. */
    public static final PullReport NOTHING = new PullReport(0, 0, 0, 0, 0, 0, 0, 0, 0, List.of());

    public PullReport {
        problems = List.copyOf(problems);
    }

    /** The result in a sentence. */
    public String summary(boolean isDryRun) {
        List<String> parts = new ArrayList<>();
        parts.add((isDryRun ? "would store " : "stored ") + files(stored) + ", " + bytes
                + (bytes == 1 ? " byte" : " bytes"));
        add(parts, unchanged, "unchanged");
        add(parts, waiting, "left for the next run, since they may still be written to");
        add(parts, failed, "failed");
        add(parts, invalid, "with names that are not valid keys");
        add(parts, leftOut, "links or special files left out");
        add(parts, vanished, isDryRun ? "vanished at the source" : "vanished at the source and removed");
        return String.join("; ", parts);
    }

    private static void add(List<String> parts, long count, String what) {
        if (count > 0) {
            parts.add(count + " " + what);
        }
    }

    private static String files(long count) {
        return count + (count == 1 ? " file" : " files");
    }
}
