package dev.slipway.app.model;

/** The gateway has refused an operation, in the words of a protocol. */
final class RefusedException extends Exception {
    private static final long serialVersionUID = 1L;

    private final int code;

    RefusedException(int code, String message) {
        super(code + " " + message);
        this.code = code;
    }

    int code() {
        return code;
    }
}
