package dev.slipway.conformance;

/** The gateway has answered, and it will not do what was asked for. */
final class RefusedException extends Exception {
    private static final long serialVersionUID = 1;

    /** @param answer code and text, as the client got them */
    RefusedException(String answer) {
        super(answer);
    }
}
