package dev.slipway.admin.management;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;

/**
 * A request to manage the gateway could not be met. The message is for people, without a full stop. Invalid specifications
 * are an {@link dev.slipway.core.InvalidFieldsException} instead, which names each field.
 */
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
        /** There is no such job. */
        UNKNOWN_JOB,
        /** There is no such interrupted upload. */
        UNKNOWN_UPLOAD,
        /** There is no such session. */
        UNKNOWN_SESSION,
        /** There is no such token. */
        UNKNOWN_TOKEN,
        /** There is no such pull. */
        UNKNOWN_PULL,
        /** There is no such retention task. */
        UNKNOWN_RETENTION,
        /** There is no such watch. */
        UNKNOWN_WATCH,
        /** There is no such archive, archived file or archive task. */
        UNKNOWN_ARCHIVE,
        /** The account has no quota, so its files are not counted. */
        NO_QUOTA,
        /** The name of an account or a remote is taken. */
        ALREADY_EXISTS,
        /** The name of a token is taken. */
        TOKEN_EXISTS,
        /** It is defined in the configuration, and can only be changed there. */
        READ_ONLY,
        /** The state of a job or a pull does not allow it. */
        WRONG_STATE,
        /** The principal has not the right. */
        FORBIDDEN,
        /** This gateway does not have the feature, or no gateway is running here. */
        NOT_AVAILABLE
    }

    private final Reason reason;

    ManagementException(Reason reason, String message) {
        super(message);
        this.reason = reason;
    }

    /** What is defined in the configuration: {@code the remote 'vault'}. */
    static ManagementException readOnly(String what) {
        return new ManagementException(
                Reason.READ_ONLY, what + " is in the configuration file; change it there and restart the gateway");
    }

    /** Fails if some of the wanted ids are not among the found ones. */
    static void throwIfMissing(Reason reason, String what, Collection<String> wanted, Collection<String> found)
            throws ManagementException {
        List<String> missing = new ArrayList<>(wanted);
        missing.removeAll(found);
        if (!missing.isEmpty()) {
            throw new ManagementException(reason, "no such " + what + ": " + String.join(", ", missing));
        }
    }

    /** Why it could not be met. */
    public Reason reason() {
        return reason;
    }
}
