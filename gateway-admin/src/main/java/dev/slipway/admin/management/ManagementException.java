package dev.slipway.admin.management;

/** A request to look after accounts or remotes could not be met. The message is one for people, without a full stop. */
public final class ManagementException extends Exception {
    private static final long serialVersionUID = 1L;

    /** Why it could not be met. */
    public enum Reason {
        /** There is no such account. */
        UNKNOWN_ACCOUNT,
        /** The account has no such key. */
        UNKNOWN_KEY,
        /** There is no such remote. */
        UNKNOWN_REMOTE,
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
