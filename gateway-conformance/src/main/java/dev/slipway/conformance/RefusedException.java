package dev.slipway.conformance;

/** The gateway refused an operation. */
final class RefusedException extends Exception {
    private static final long serialVersionUID = 1;

    /** @param answer code and text, as the client received them */
    RefusedException(String answer) {
        super(answer);
    }
}
