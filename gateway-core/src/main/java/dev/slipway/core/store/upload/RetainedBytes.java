package dev.slipway.core.store.upload;

import dev.slipway.core.Failure;
import dev.slipway.core.s3.S3Error;
import dev.slipway.core.s3.UploadedPart;
import dev.slipway.core.store.BaseVersion;
import dev.slipway.core.store.ObjectKey;
import dev.slipway.core.store.StoreException;
import dev.slipway.core.store.requests.StoreFailures;
import java.util.concurrent.CompletableFuture;

/** Retains bytes of the version that an upload changes: the store copies whole parts, and the rest is read. */
final class RetainedBytes {
    private final ObjectKey key;
    private final BaseVersion base;
    private final UploadRequests requests;
    private final PartSizes sizes;
    private final long copyBytes;

    /** @param copyBytes the smallest part that the store is asked to copy, if there are that many bytes */
    RetainedBytes(ObjectKey key, BaseVersion base, UploadRequests requests, PartSizes sizes, long copyBytes) {
        this.key = key;
        this.base = base;
        this.requests = requests;
        this.sizes = sizes;
        this.copyBytes = copyBytes;
    }

    /** Retains the bytes from the last byte taken up to an offset. Blocks while bytes are read. */
    void retain(PartPipeline pipeline, long end) throws StoreException {
        long at = pipeline.size();
        while (at < end) {
            long count = sizes.bytesToRead(pipeline.filled(), end - at, base.bytes());
            if (count > 0) {
                read(pipeline, at, count);
            } else {
                copy(pipeline, at, end);
            }
            at = pipeline.size();
        }
    }

    private void read(PartPipeline pipeline, long from, long count) throws StoreException {
        long at = from;
        while (at < from + count) {
            long offset = at;
            PartPipeline.Reading reading = pipeline.read(
                    from + count - at, bytes -> requests.read(key, base, offset, bytes, pipeline::receive));
            try {
                var _ = StoreFailures.await(reading.request(), "GET " + key);
            } catch (StoreException e) {
                pipeline.requireOpen();
                // The version no longer exists, which is a conflict for an upload that retains its bytes.
                throw e.failure() == Failure.NOT_FOUND ? new StoreException(Failure.CONFLICT, e.getMessage(), e) : e;
            }
            at += reading.bytes();
        }
    }

    private void copy(PartPipeline pipeline, long from, long end) throws StoreException {
        PartSizes.Copies copies = sizes.copies(end - from, copyBytes);
        pipeline.copy(
                copies,
                (upload, number, index, unwanted) -> requests.copyPart(
                                key,
                                upload,
                                number,
                                base,
                                from + copies.offset(index),
                                from + copies.offset(index + 1),
                                unwanted)
                        .exceptionallyCompose(
                                thrown -> CompletableFuture.<UploadedPart>failedFuture(failed(thrown, number))));
    }

    private StoreException failed(Throwable thrown, int number) {
        StoreException cause = StoreFailures.of(thrown, "COPY of part " + number + " of " + key);
        if (cause.failure() == Failure.NOT_FOUND) {
            // Either the upload is lost, or the version whose bytes are retained.
            return new StoreException(
                    StoreFailures.is(cause, S3Error.NO_SUCH_UPLOAD) ? Failure.UNAVAILABLE : Failure.CONFLICT,
                    cause.getMessage(),
                    cause);
        }
        return StoreFailures.isRefusal(thrown)
                ? new StoreException(
                        Failure.UNSUPPORTED, "the store does not copy bytes of objects: " + cause.getMessage(), cause)
                : cause;
    }
}
