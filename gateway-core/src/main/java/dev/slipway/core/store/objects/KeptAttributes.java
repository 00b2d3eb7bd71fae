package dev.slipway.core.store.s3;

import dev.slipway.core.store.ObjectAttributes;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.services.s3.model.CreateMultipartUploadRequest;
import software.amazon.awssdk.services.s3.model.HeadObjectResponse;
import software.amazon.awssdk.services.s3.model.PutObjectRequest;
import software.amazon.awssdk.services.s3.model.StorageClass;
import software.amazon.awssdk.services.s3.model.Tagging;

/**
 * What a version is stored with beside its bytes, for the next version of the same object.
 *
 * @param head what the store says of the version
 * @param tags its tags, or null if it has none
 */
record KeptAttributes(HeadObjectResponse head, @Nullable Tagging tags) {
    /** The time of a file that was changed is another one. */
    private static final String TIME = "mtime";

    private Map<String, String> metadata(ObjectAttributes attributes) {
        Map<String, String> metadata = new HashMap<>(head.metadata());
        metadata.remove(TIME);
        metadata.putAll(attributes.metadata());
        return metadata;
    }

    /** A HEAD does not name the usual class, and the place may have another one for what is new. */
    private String storageClass() {
        String name = head.storageClassAsString();
        return name == null ? StorageClass.STANDARD.toString() : name;
    }

    void addTo(CreateMultipartUploadRequest.Builder request, ObjectAttributes attributes) {
        request.metadata(metadata(attributes))
                .contentType(head.contentType())
                .contentEncoding(head.contentEncoding())
                .contentDisposition(head.contentDisposition())
                .contentLanguage(head.contentLanguage())
                .cacheControl(head.cacheControl())
                .storageClass(storageClass())
                .serverSideEncryption(head.serverSideEncryptionAsString())
                .ssekmsKeyId(head.ssekmsKeyId())
                .bucketKeyEnabled(head.bucketKeyEnabled());
        if (tags != null) {
            request.tagging(tags);
        }
    }

    void addTo(PutObjectRequest.Builder request, ObjectAttributes attributes) {
        request.metadata(metadata(attributes))
                .contentType(head.contentType())
                .contentEncoding(head.contentEncoding())
                .contentDisposition(head.contentDisposition())
                .contentLanguage(head.contentLanguage())
                .cacheControl(head.cacheControl())
                .storageClass(storageClass())
                .serverSideEncryption(head.serverSideEncryptionAsString())
                .ssekmsKeyId(head.ssekmsKeyId())
                .bucketKeyEnabled(head.bucketKeyEnabled());
        if (tags != null) {
            request.tagging(tags);
        }
    }
}
