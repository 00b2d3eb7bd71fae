package dev.slipway.core.vfs;

import dev.slipway.core.Failure;
import dev.slipway.core.VfsException;
import dev.slipway.core.VirtualPath;
import dev.slipway.core.quota.QuotaException;
import dev.slipway.core.state.StateException;
import dev.slipway.core.store.StoreException;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Turns failures of the store and of the state database into what a client is told. */
final class FailureReports {
    private static final Logger log = LoggerFactory.getLogger(FailureReports.class);

    private FailureReports() {}

    /** An operation that may fail in the store. */
    interface Operation<T> {
        T run() throws VfsException, StoreException;
    }

    /** Runs an operation. The client gets a failure in its own words, and the log in the store's. */
    static <T> T reporting(VirtualPath path, Operation<T> operation) throws VfsException {
        try {
            return operation.run();
        } catch (StoreException | RuntimeException e) {
            Optional<StateException> state = StateException.in(e);
            if (state.isPresent()) {
                throw report(path, state.get());
            }
            if (e instanceof StoreException store) {
                throw report(path, store);
            }
            log.error("An operation on {} failed because of an internal error", path, e);
            throw new VfsException(Failure.INTERNAL, path, "Internal error in the gateway; see its log.", e);
        }
    }

    /** An operation without a result. */
    interface Change {
        void run() throws VfsException, StoreException;
    }

    /** As {@link #reporting}, for an operation without a result. */
    static void changing(VirtualPath path, Change change) throws VfsException {
        var _ = reporting(path, () -> {
            change.run();
            return path;
        });
    }

    /** An outage of the state database is in the log already. */
    private static VfsException report(VirtualPath path, StateException e) {
        if (!e.isOutage()) {
            log.error("{}: {}", path, e.getMessage());
        }
        return new VfsException(
                Failure.UNAVAILABLE,
                path,
                e.isOutage()
                        ? "Nothing can be stored now: " + e.getMessage() + "; try again later."
                        : "The gateway's state database does not answer; try again later.",
                e);
    }

    private static VfsException report(VirtualPath path, StoreException e) {
        if (e.failure() == Failure.UNAVAILABLE || e.failure() == Failure.INTEGRITY) {
            log.warn("{}", e.getMessage());
        } else if (e.failure() == Failure.ABORTED) {
            // The client left; where the request was at that moment is of no interest.
            log.debug("{}", e.getMessage());
        } else {
            log.debug("{}", e.getMessage(), e);
        }
        String message = switch (e.failure()) {
            case NOT_FOUND -> "No such file or directory.";
            case PERMISSION_DENIED -> "The store refuses access to this path.";
            case ALREADY_EXISTS -> "It already exists.";
            case DIRECTORY_NOT_EMPTY -> "The directory is not empty.";
            case NOT_A_DIRECTORY -> "Not a directory.";
            case IS_A_DIRECTORY -> "Is a directory.";
            case NAME_INVALID -> "The store does not accept this name.";
            case UNSUPPORTED -> "The store does not support this.";
            case ARCHIVED -> "The file is archived; it must be restored in the store before it can be read.";
            case QUOTA_EXCEEDED -> e instanceof QuotaException ? e.getMessage() : "The store's quota is used up.";
            case TOO_LARGE -> "The file is larger than this gateway can store.";
            case BUSY -> "The gateway's memory for transfers is in use; try again.";
            case CONFLICT -> "The file was changed by somebody else meanwhile; try again.";
            case UNAVAILABLE -> "The store is unavailable; try again later.";
            case INTEGRITY -> "The data was damaged in transit.";
            case INTERNAL -> "Internal error in the gateway; see its log.";
            case ABORTED -> "The transfer was aborted.";
        };
        return new VfsException(e.failure(), path, message, e);
    }
}
