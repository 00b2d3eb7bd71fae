package dev.slipway.conformance;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;

/** The options of a run, each {@code --name value} with a number as its value. */
final class Options {
    private final Map<String, Long> values;

    private Options(Map<String, Long> values) {
        this.values = values;
    }

    /**
     * Parses a command line.
     *
     * @param defaults all options with their default values
     * @throws IllegalArgumentException with a message for the user
     */
    static Options parse(List<String> arguments, Map<String, Long> defaults) {
        Map<String, Long> values = new HashMap<>(defaults);
        for (int i = 0; i < arguments.size(); i += 2) {
            String name = arguments.get(i).replaceFirst("^--", "");
            if (!arguments.get(i).startsWith("--") || !defaults.containsKey(name)) {
                throw new IllegalArgumentException("unknown option " + arguments.get(i) + "; there are "
                        + String.join(", ", new TreeSet<>(defaults.keySet())));
            }
            if (i + 1 == arguments.size()) {
                throw new IllegalArgumentException("--" + name + " needs a number");
            }
            try {
                values.put(name, Long.parseLong(arguments.get(i + 1)));
            } catch (NumberFormatException e) {
                throw new IllegalArgumentException("--" + name + " needs a number, not " + arguments.get(i + 1), e);
            }
        }
        return new Options(values);
    }

    long number(String name) {
        Long value = values.get(name);
        if (value == null) {
            throw new IllegalArgumentException("no option " + name);
        }
        return value;
    }

    int count(String name) {
        return Math.toIntExact(number(name));
    }
}
