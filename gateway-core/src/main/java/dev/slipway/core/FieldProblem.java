package dev.slipway.core;

/**
 * What is wrong with one field of a specification, whether it came from a file, from JSON or from the options of a command.
 *
 * @param field such as {@code mounts[0].bucket}; empty for the whole
 * @param detail what is wrong: {@code it is missing}
 * @param expected what would be right: {@code a whole number from 1 to 64}
 */
public record FieldProblem(String field, String detail, String expected) {
    /** For people: {@code port: it is 0; expected a whole number from 1 to 65535}. */
    @Override
    public String toString() {
        return (field.isEmpty() ? "" : field + ": ") + detail + "; expected " + expected;
    }
}
