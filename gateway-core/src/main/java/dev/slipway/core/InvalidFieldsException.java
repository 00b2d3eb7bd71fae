package dev.slipway.core;

import java.util.List;
import java.util.stream.Collectors;

/** A specification is invalid. The message names every problem, for people. */
public final class InvalidFieldsException extends IllegalArgumentException {
    private static final long serialVersionUID = 1L;

    private final transient List<FieldProblem> problems;

    /** @param problems every problem; at least one */
    public InvalidFieldsException(List<FieldProblem> problems) {
        super(problems.stream().map(FieldProblem::toString).collect(Collectors.joining("; ")));
        this.problems = List.copyOf(problems);
    }

    /** As above, with one problem. */
    public InvalidFieldsException(String field, String detail, String expected) {
        this(List.of(new FieldProblem(field, detail, expected)));
    }

    /**
     * Does nothing if there are no problems.
     *
     * @throws InvalidFieldsException there are some
     */
    public static void throwIfAny(List<FieldProblem> problems) {
        if (!problems.isEmpty()) {
            throw new InvalidFieldsException(problems);
        }
    }

    /** Every problem; at least one. */
    public List<FieldProblem> problems() {
        return problems;
    }
}
