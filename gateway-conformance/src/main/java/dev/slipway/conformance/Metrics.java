package dev.slipway.conformance;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** The metrics of a gateway: values by name and labels, in Prometheus's format. */
final class Metrics {
    /** Gauges that must be zero once all clients have left. */
    private static final List<String> AT_REST = List.of(
            "slipway_sessions",
            "slipway_memory_reserved_bytes",
            "slipway_memory_used_bytes",
            "slipway_memory_transfers",
            "slipway_memory_waiting",
            "slipway_renames",
            "slipway_sweeper_failing");

    private final Map<String, Double> values;

    private Metrics(Map<String, Double> values) {
        this.values = values;
    }

    static Metrics parse(String text) {
        Map<String, Double> values = new HashMap<>();
        for (String line : text.lines().toList()) {
            int space = line.lastIndexOf(' ');
            if (!line.startsWith("#") && space > 0) {
                values.put(line.substring(0, space), Double.parseDouble(line.substring(space + 1)));
            }
        }
        return new Metrics(values);
    }

    private static boolean isOf(String series, String name) {
        return series.equals(name) || series.startsWith(name + "{");
    }

    /** The sum over all labels that contain a text. */
    double sum(String name, String label) {
        return values.entrySet().stream()
                .filter(entry -> isOf(entry.getKey(), name) && entry.getKey().contains(label))
                .mapToDouble(Map.Entry::getValue)
                .sum();
    }

    /** The gauges that are not zero although all clients have left, with their values. */
    List<String> unrest() {
        List<String> busy = new ArrayList<>();
        for (Map.Entry<String, Double> entry : values.entrySet()) {
            if (entry.getValue() != 0 && AT_REST.stream().anyMatch(name -> isOf(entry.getKey(), name))) {
                busy.add(entry.getKey() + "=" + entry.getValue());
            }
        }
        return busy;
    }
}
