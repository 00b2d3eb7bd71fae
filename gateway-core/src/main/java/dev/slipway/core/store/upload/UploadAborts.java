package dev.slipway.core.store.upload;

import dev.slipway.core.Failure;
import dev.slipway.core.s3.S3Operations;
import dev.slipway.core.store.ObjectKey;
import dev.slipway.core.store.StoreException;
import dev.slipway.core.store.StoredVersion;
import dev.slipway.core.store.UploadJournal;
import dev.slipway.core.store.requests.StoreFailures;
import java.util.concurrent.ExecutorService;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Aborts multipart uploads. */
public final class UploadAborts {
    private static final Logger log = LoggerFactory.getLogger(UploadAborts.class);

    private final S3Operations client;
    private final UploadJournal journal;
    private final ExecutorService executor;

    UploadAborts(S3Operations client, UploadJournal journal, ExecutorService executor) {
        this.client = client;
        this.journal = journal;
        this.executor = executor;
    }

    /** Aborts an upload in the background. */
    public void abort(ObjectKey key, CreatedUpload upload) {
        var _ = executor.submit(() -> {
            try {
                if (journal.aborting(upload.journalId())) {
                    abortNow(key, upload.uploadId());
                    journal.ended(upload.journalId());
                }
            } catch (StoreException e) {
                log.warn("{}; it is left for the sweeper", e.getMessage());
                journal.abandoned(upload.journalId());
            }
        });
    }

    /** Ends, in the background, an upload that the store has completed or that had the same bytes as the object before. */
    void completed(ObjectKey key, CreatedUpload upload, StoredVersion version) {
        var _ = executor.submit(() -> {
            try {
                abortNow(key, upload.uploadId());
            } catch (StoreException e) {
                log.warn("{}; if the store still has it, it is left for the sweeper", e.getMessage());
                if (journal.aborting(upload.journalId())) {
                    journal.abandoned(upload.journalId());
                }
                return;
            }
            journal.stored(upload.journalId(), version);
        });
    }

    /** Aborts a multipart upload; an unknown upload id is no error. Blocks. */
    public void abortNow(ObjectKey key, String uploadId) throws StoreException {
        try {
            var _ = StoreFailures.await(client.abortMultipartUpload(key, uploadId), "ABORT of an upload of " + key);
        } catch (StoreException e) {
            if (e.failure() != Failure.NOT_FOUND) {
                throw e;
            }
        }
    }
}
