package dev.slipway.transfer.remote;

import java.util.List;
import java.util.stream.Collectors;

/** A remote's specification is invalid. */
public final class InvalidRemoteException extends IllegalArgumentException {
    private static final long serialVersionUID = 1L;

    private final transient List<RemoteProblem> problems;

    InvalidRemoteException(List<RemoteProblem> problems) {
        super(problems.stream().map(RemoteProblem::toString).collect(Collectors.joining("; ")));
        this.problems = List.copyOf(problems);
    }

    /** Every problem; at least one. */
    public List<RemoteProblem> problems() {
        return problems;
    }
}
