package dev.slipway.core.store;

import dev.slipway.core.Failure;
import java.io.IOException;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** An operation of an object store failed. The message is for the log: it may name buckets and keys. */
public class StoreException extends IOException {
    private static final long serialVersionUID = 1L;

    private final Failure failure;

    public StoreException(Failure failure, String message, @Nullable Throwable cause) {
        super(message, cause);
        this.failure = failure;
    }

    public StoreException(Failure failure, String message) {
        this(failure, message, null);
    }

    @Override
    public String getMessage() {
        return Objects.requireNonNull(super.getMessage());
    }

    /** The kind of failure. */
    public Failure failure() {
        return failure;
    }
}
