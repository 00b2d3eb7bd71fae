package dev.slipway.core.store;

import dev.slipway.core.Failure;
import java.io.IOException;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** An operation of an object store failed. The message is for the log: it may name buckets and keys. */
public class StoreException extends IOException {
    private static final long serialVersionUID = 1L;

    private final Failure failure;
    private final boolean permanent;

    public StoreException(Failure failure, String message, @Nullable Throwable cause) {
        this(failure, message, cause, false);
    }

    /** @param permanent see {@link #isPermanent} */
    public StoreException(Failure failure, String message, @Nullable Throwable cause, boolean permanent) {
        super(message, cause);
        this.failure = failure;
        this.permanent = permanent;
    }

    public StoreException(Failure failure, String message) {
        this(failure, message, null);
    }

    @Override
    public String getMessage() {
        return Objects.requireNonNull(super.getMessage());
    }

    /** Whether the store has refused the request as such, so that it refuses the same request again. */
    public boolean isPermanent() {
        return permanent;
    }

    /** The kind of failure. */
    public Failure failure() {
        return failure;
    }
}
