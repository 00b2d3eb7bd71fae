package dev.slipway.transfer.remote;

import org.jspecify.annotations.Nullable;

/** An operation on a remote failed. The message is for people, and names the remote. */
public final class RemoteException extends Exception {
    private static final long serialVersionUID = 1L;

    private final RemoteFailure failure;

    public RemoteException(RemoteFailure failure, String message, @Nullable Throwable cause) {
        super(message, cause);
        this.failure = failure;
    }

    public RemoteException(RemoteFailure failure, String message) {
        this(failure, message, null);
    }

    /** Why. */
    public RemoteFailure failure() {
        return failure;
    }
}
