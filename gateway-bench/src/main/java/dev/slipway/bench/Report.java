package dev.slipway.bench;

import dev.slipway.bench.Measurement.Unit;
import dev.slipway.bench.Scenario.Outcome;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.function.ToDoubleFunction;

/** Formats measurements as a Markdown table. */
final class Report {
    private static final double MIB = 1 << 20;
    private static final double GIB = 1 << 30;

    static final String HEAD = """
            | scenario | | server | rate | Slipway's is | server CPU | Slipway's is | client CPU | memory |
            |---|---|---|--:|--:|--:|--:|--:|--:|""";

    private Report() {}

    /**
     * Returns the rows of a scenario: for each phase and product the medians of its runs, and the ratio of the first
     * product, Slipway, to it.
     */
    static List<String> rows(Scenario scenario, Outcome outcome) {
        List<Measurement> measurements = outcome.measurements();
        List<String> rows = new ArrayList<>();
        for (String phase :
                measurements.stream().map(Measurement::phase).distinct().toList()) {
            List<Measurement> ours = of(measurements, phase, scenario.products().getFirst());
            for (Product product : scenario.products()) {
                List<Measurement> theirs = of(measurements, phase, product);
                if (!theirs.isEmpty()) {
                    rows.add(row(scenario.name(), ours, theirs));
                }
            }
        }
        outcome.absences()
                .forEach((product, reason) ->
                        rows.add("| %s | | %s | %s | | | | | |".formatted(scenario.name(), product.title(), reason)));
        return rows;
    }

    private static List<Measurement> of(List<Measurement> measurements, String phase, Product product) {
        return measurements.stream()
                .filter(measurement -> measurement.phase().equals(phase) && measurement.product() == product)
                .toList();
    }

    private static String row(String scenario, List<Measurement> ours, List<Measurement> theirs) {
        Measurement first = theirs.getFirst();
        boolean same = ours.isEmpty() || first.product() == ours.getFirst().product();
        if (first.unit() == Unit.SESSIONS) {
            double each = median(theirs, Report::memory);
            return String.format(
                    Locale.ROOT,
                    "| %s | %s | %s | | | | | | %.0f KiB each%s |",
                    scenario,
                    first.phase(),
                    first.product().title(),
                    each,
                    same ? "" : ", Slipway's is " + times(median(ours, Report::memory), each));
        }
        double rate = median(theirs, Report::rate);
        double cpu = median(theirs, Report::cpu);
        String unit = first.unit() == Unit.BYTES ? "MiB/s" : first.unit().name().toLowerCase(Locale.ROOT) + "/s";
        String cpuUnit = first.unit() == Unit.BYTES ? "s/GiB" : "ms each";
        return String.format(
                Locale.ROOT,
                "| %s | %s | %s | %.0f %s | %s | %.2f %s | %s | %.0f%% | %.0f MiB |",
                scenario,
                first.phase(),
                first.product().title(),
                rate,
                unit,
                same ? "" : times(median(ours, Report::rate), rate),
                cpu,
                cpuUnit,
                same ? "" : times(median(ours, Report::cpu), cpu),
                100 * median(theirs, m -> m.clientCpuSeconds() / m.seconds()),
                theirs.stream().mapToLong(Measurement::peakBytes).max().orElse(0) / MIB);
    }

    private static String times(double ours, double theirs) {
        return theirs == 0 ? "" : String.format(Locale.ROOT, "%.2f ×", ours / theirs);
    }

    /** MiB per second, or countable units per second. */
    static double rate(Measurement measurement) {
        return measurement.amount() / (measurement.unit() == Unit.BYTES ? MIB : 1) / measurement.seconds();
    }

    /** Seconds per GiB, or milliseconds per countable unit. */
    static double cpu(Measurement measurement) {
        return measurement.unit() == Unit.BYTES
                ? measurement.serverCpuSeconds() / ((double) measurement.amount() / GIB)
                : measurement.serverCpuSeconds() * 1000 / (double) measurement.amount();
    }

    /** KiB per session. */
    private static double memory(Measurement measurement) {
        return measurement.peakBytes() / 1024.0 / measurement.amount();
    }

    static double median(List<Measurement> measurements, ToDoubleFunction<Measurement> value) {
        double[] values = measurements.stream().mapToDouble(value).sorted().toArray();
        int middle = values.length / 2;
        return values.length % 2 == 1
                ? values[middle]
                : Arrays.stream(values, middle - 1, middle + 1).average().orElseThrow();
    }
}
