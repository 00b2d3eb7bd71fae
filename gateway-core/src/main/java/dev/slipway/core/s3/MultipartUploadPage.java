package dev.slipway.core.s3;

import dev.slipway.core.store.ObjectKey;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A page of multipart uploads. MinIO lists only those of one complete key.
 *
 * @param next where the next page begins; null if this is the last one
 */
public record MultipartUploadPage(
        List<Entry> uploads, @Nullable Marker next) {
    /**
     * One upload.
     *
     * @param initiated when it was created, by the store's clock; null if the store does not say
     */
    public record Entry(
            ObjectKey key, String uploadId, @Nullable Instant initiated) {}

    /** The last upload of a page. */
    public record Marker(@Nullable String key, @Nullable String uploadId) {}

    public MultipartUploadPage {
        uploads = List.copyOf(uploads);
    }
}
