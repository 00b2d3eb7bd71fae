package dev.slipway.conformance;

import java.io.IOException;
import java.util.Locale;

/**
 * A sample of a gateway's resources during a soak run. Sizes are in bytes.
 *
 * @param second since the beginning
 * @param collected whether garbage was collected just before
 * @param direct direct buffers, as Java counts them
 * @param load CPU time since the previous sample, as a fraction of one core
 */
record Sample(
        long second,
        long resident,
        long heap,
        boolean collected,
        long direct,
        int threads,
        int descriptors,
        double load) {
    static final String HEAD = "second,resident,heap,collected,direct,threads,descriptors,load";

    static Sample of(GatewayProcess gateway, long second, boolean collected, double load)
            throws IOException, InterruptedException {
        Metrics metrics = gateway.metrics();
        return new Sample(
                second,
                gateway.residentBytes(),
                (long) metrics.sum("jvm_memory_used_bytes", "area=\"heap\""),
                collected,
                (long) metrics.sum("jvm_buffer_memory_used_bytes", "id=\"direct\""),
                gateway.threads(),
                gateway.descriptors(),
                load);
    }

    String line() {
        return String.format(
                Locale.ROOT,
                "%d,%d,%d,%b,%d,%d,%d,%.2f",
                second,
                resident,
                heap,
                collected,
                direct,
                threads,
                descriptors,
                load);
    }

    @Override
    public String toString() {
        return String.format(
                Locale.ROOT,
                "%5d s: resident %4d MiB, heap %4d MiB%s, direct %4d MiB, %3d threads, %3d descriptors, %3.0f %% of a core",
                second,
                resident >> 20,
                heap >> 20,
                collected ? " (collected)" : "",
                direct >> 20,
                threads,
                descriptors,
                100 * load);
    }
}
