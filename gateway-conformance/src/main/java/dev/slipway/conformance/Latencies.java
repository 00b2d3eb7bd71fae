package dev.slipway.conformance;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/** The durations of operations, by name. Thread-safe. */
final class Latencies {
    @GuardedBy("this")
    private final Map<String, Samples> samples = new TreeMap<>();

    private static final class Samples {
        private long[] nanos = new long[256];
        private int count;

        private void add(long nano) {
            if (count == nanos.length) {
                nanos = Arrays.copyOf(nanos, 2 * count);
            }
            nanos[count++] = nano;
        }

        private long percentile(double part) {
            long[] sorted = Arrays.copyOf(nanos, count);
            Arrays.sort(sorted);
            return sorted[Math.min(count - 1, (int) Math.floor(part * count))];
        }
    }

    synchronized void add(String operation, long nanos) {
        samples.computeIfAbsent(operation, _ -> new Samples()).add(nanos);
    }

    /** The names of operations that took longer than this at the 95th percentile. */
    synchronized List<String> slowerThan(Duration limit) {
        return samples.entrySet().stream()
                .filter(entry -> entry.getValue().percentile(0.95) > limit.toNanos())
                .map(Map.Entry::getKey)
                .toList();
    }

    /** The longest 95th percentile, in nanoseconds, of all operations whose names do not contain a text. */
    synchronized long worst(String except) {
        return samples.entrySet().stream()
                .filter(entry -> !entry.getKey().contains(except))
                .mapToLong(entry -> entry.getValue().percentile(0.95))
                .max()
                .orElse(0);
    }

    /** One line for each operation. */
    synchronized String table() {
        StringBuilder table = new StringBuilder();
        table.append(String.format(
                Locale.ROOT, "%-28s %8s %9s %9s %9s%n", "operation", "count", "p50 ms", "p95 ms", "max ms"));
        samples.forEach((operation, taken) -> table.append(String.format(
                Locale.ROOT,
                "%-28s %8d %9.1f %9.1f %9.1f%n",
                operation,
                taken.count,
                taken.percentile(0.5) / 1e6,
                taken.percentile(0.95) / 1e6,
                taken.percentile(1) / 1e6)));
        return table.toString();
    }
}
