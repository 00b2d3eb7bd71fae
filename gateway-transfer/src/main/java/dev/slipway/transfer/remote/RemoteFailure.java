package dev.slipway.transfer.remote;

/** Why an operation on a remote failed. */
public enum RemoteFailure {
    /** No connection, or it broke. */
    UNREACHABLE,
    /** It does not answer in time. */
    TIMEOUT,
    /** Its host key is not accepted, or none is configured. */
    HOST_KEY,
    /** It does not let us in. */
    AUTHENTICATION,
    /** A file or directory is not there. */
    NOT_FOUND,
    /** We may not do that there. */
    PERMISSION_DENIED,
    /** The file already exists. */
    ALREADY_EXISTS,
    /** Its file system is full, or our quota there. */
    NO_SPACE,
    /** The server opens no additional channel on this connection. */
    NO_CHANNEL,
    /** It cannot do that. */
    UNSUPPORTED,
    /** It does not accept a name, which may be too long, or the request as such. */
    NOT_ACCEPTED,
    /** Something else that it has said. */
    FAILED;

    /** Whether a retry may succeed without any change. */
    public boolean isTemporary() {
        return switch (this) {
            case UNREACHABLE, TIMEOUT, NO_SPACE, NO_CHANNEL, FAILED -> true;
            case HOST_KEY, AUTHENTICATION, NOT_FOUND, PERMISSION_DENIED, ALREADY_EXISTS, UNSUPPORTED, NOT_ACCEPTED ->
                false;
        };
    }
}
