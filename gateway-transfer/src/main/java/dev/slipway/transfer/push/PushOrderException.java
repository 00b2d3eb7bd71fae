package dev.slipway.transfer.push;

/** An order that is not carried out. The message says why, and what is expected. */
public final class PushOrderException extends Exception {
    private static final long serialVersionUID = 1L;

    /** Why it is not carried out. */
    public enum Reason {
        /** It cannot be: something in it is wrong, or not there. */
        INVALID,
        /** A job with its id exists, and came from another order. */
        CONFLICT
    }

    private final Reason reason;

    /** An order that cannot be carried out. */
    public PushOrderException(String message) {
        this(Reason.INVALID, message);
    }

    /** An order with the id of a job that another order asked for. */
    public static PushOrderException conflict(String message) {
        return new PushOrderException(Reason.CONFLICT, message);
    }

    private PushOrderException(Reason reason, String message) {
        super(message);
        this.reason = reason;
    }

    /** Why. */
    public Reason reason() {
        return reason;
    }
}
