package dev.slipway.core;

import java.io.IOException;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A file operation failed. The message is for the user of the client: it says what was wrong and, if possible, what to
 * do; it never names buckets, keys or endpoints.
 */
public final class VfsException extends IOException {
    private static final long serialVersionUID = 1L;

    private final Failure failure;
    private final String path;

    public VfsException(Failure failure, VirtualPath path, String message, @Nullable Throwable cause) {
        super(message, cause);
        this.failure = failure;
        this.path = path.toString();
    }

    public VfsException(Failure failure, VirtualPath path, String message) {
        this(failure, path, message, null);
    }

    @Override
    public String getMessage() {
        return Objects.requireNonNull(super.getMessage());
    }

    /** The kind of failure, which decides the protocol's reply code. */
    public Failure failure() {
        return failure;
    }

    /** The virtual path of the operation. */
    public String path() {
        return path;
    }
}
