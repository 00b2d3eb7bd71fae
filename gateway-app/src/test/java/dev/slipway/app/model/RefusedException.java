package dev.slipway.app.model;

/** The gateway refused an operation, with a protocol's code. */
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
