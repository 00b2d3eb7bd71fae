package dev.slipway.transfer.remote;

/**
 * A problem of a remote's specification.
 *
 * @param field the field, as in JSON and in the configuration: {@code port}, {@code hostKeys[1]}
 * @param message the requirement, as in {@code port must be …}
 */
public record RemoteProblem(String field, String message) {
    @Override
    public String toString() {
        return field + " " + message;
    }
}
