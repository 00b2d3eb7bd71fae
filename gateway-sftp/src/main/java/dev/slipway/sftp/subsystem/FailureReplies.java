package dev.slipway.sftp.subsystem;

import dev.slipway.core.VfsException;
import dev.slipway.sftp.files.RequestException;
import dev.slipway.sftp.files.Status;
import java.io.IOException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Turns failures into replies to requests. */
final class FailureReplies {
    private static final Logger log = LoggerFactory.getLogger(FailureReplies.class);

    private FailureReplies() {}

    static void failed(Reply reply, int id, IOException failure) {
        if (failure instanceof VfsException e) {
            reply.status(id, Status.of(e.failure()), e.getMessage());
        } else if (failure instanceof RequestException e) {
            reply.status(id, e.status(), e.getMessage());
        } else {
            internalError(reply, id, new IllegalStateException(failure));
        }
    }

    static void internalError(Reply reply, int id, RuntimeException e) {
        log.error("An internal error ended a request", e);
        reply.status(id, Status.FAILURE, "Internal error in the gateway; see its log.");
    }
}
