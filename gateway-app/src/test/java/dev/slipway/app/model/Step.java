package dev.slipway.app.model;

import java.util.List;
import java.util.regex.Pattern;

/**
 * One operation of a program.
 *
 * @param protocol the protocol of the request; meaningless for steps on the gateway or the store
 * @param path a path below the program's own directory, with a leading slash
 * @param target the new path of renames and copies; otherwise empty
 * @param number its meaning depends on the verb
 */
record Step(Protocol protocol, Verb verb, String path, String target, int number) {
    private static final String SEPARATOR = " | ";

    /** Parses the output of {@link #toString}. */
    static Step parse(String line) {
        List<String> fields = List.of(line.split(Pattern.quote(SEPARATOR), -1));
        if (fields.size() != 5) {
            throw new IllegalArgumentException("not a step: " + line);
        }
        return new Step(
                Protocol.valueOf(fields.get(0)),
                Verb.valueOf(fields.get(1)),
                fields.get(2),
                fields.get(3),
                Integer.parseInt(fields.get(4)));
    }

    @Override
    public String toString() {
        return String.join(SEPARATOR, protocol.name(), verb.name(), path, target, Integer.toString(number));
    }
}
