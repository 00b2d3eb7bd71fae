package dev.slipway.admin.management;

/** A request to look after accounts could not be met. The message is one for people, without a full stop. */
public final class ManagementException extends Exception {
    private static final long serialVersionUID = 1L;

    /** Why it could not be met. */
    public enum Reason {
        /** There is none with this name. */
        NOT_FOUND,
        /** The account has no such key. */
        KEY_NOT_FOUND,
        /** The name is taken. */
        ALREADY_EXISTS,
        /** It is defined in the configuration, and can only be changed there. */
        READ_ONLY
    }

    private final Reason reason;

    ManagementException(Reason reason, String message) {
        super(message);
        this.reason = reason;
    }

    /** Why it could not be met. */
    public Reason reason() {
        return reason;
    }
}
