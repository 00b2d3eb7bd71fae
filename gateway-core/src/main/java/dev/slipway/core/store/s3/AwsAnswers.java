package dev.slipway.core.store.s3;

import dev.slipway.core.s3.ObjectChecksums;
import dev.slipway.core.s3.ObjectDescription;
import dev.slipway.core.s3.ObjectDescription.ServerSideEncryption;
import dev.slipway.core.s3.ObjectHead;
import java.time.Instant;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.services.s3.model.ChecksumType;
import software.amazon.awssdk.services.s3.model.GetObjectResponse;
import software.amazon.awssdk.services.s3.model.HeadObjectResponse;

/** Converts the SDK's answers to the port's types. */
final class AwsAnswers {
    private AwsAnswers() {}

    static ObjectHead head(HeadObjectResponse answer) {
        return new ObjectHead(
                answer.contentLength() == null ? 0 : answer.contentLength(),
                etag(answer.eTag()),
                time(answer.lastModified()),
                new ObjectDescription(
                        answer.metadata(),
                        answer.contentType(),
                        answer.contentEncoding(),
                        answer.contentDisposition(),
                        answer.contentLanguage(),
                        answer.cacheControl(),
                        answer.storageClassAsString(),
                        new ServerSideEncryption(
                                answer.serverSideEncryptionAsString(), answer.ssekmsKeyId(), answer.bucketKeyEnabled()),
                        Map.of()),
                new ObjectChecksums(
                        type(answer.checksumType()),
                        answer.checksumCRC32(),
                        answer.checksumSHA1(),
                        answer.checksumSHA256()),
                answer.sseCustomerAlgorithm() != null);
    }

    static ObjectHead head(GetObjectResponse answer) {
        return new ObjectHead(
                size(answer),
                etag(answer.eTag()),
                time(answer.lastModified()),
                new ObjectDescription(
                        answer.metadata(),
                        answer.contentType(),
                        answer.contentEncoding(),
                        answer.contentDisposition(),
                        answer.contentLanguage(),
                        answer.cacheControl(),
                        answer.storageClassAsString(),
                        new ServerSideEncryption(
                                answer.serverSideEncryptionAsString(), answer.ssekmsKeyId(), answer.bucketKeyEnabled()),
                        Map.of()),
                ObjectChecksums.NONE,
                answer.sseCustomerAlgorithm() != null);
    }

    /** The size of the whole object: after the slash of {@code Content-Range} (RFC 9110, section 14.4). */
    private static long size(GetObjectResponse answer) {
        String range = answer.contentRange();
        if (range == null) {
            return answer.contentLength() == null ? ObjectHead.UNKNOWN : answer.contentLength();
        }
        try {
            return Long.parseLong(range.substring(range.indexOf('/') + 1));
        } catch (NumberFormatException e) {
            return ObjectHead.UNKNOWN;
        }
    }

    /** Whether two answers describe the same version, as far as they tell. */
    static boolean isSameVersion(ObjectHead one, ObjectHead other) {
        return one.size() == other.size()
                && one.etag().equals(other.etag())
                && one.lastModified().equals(other.lastModified());
    }

    private static ObjectChecksums.Type type(@Nullable ChecksumType type) {
        return switch (type) {
            case FULL_OBJECT -> ObjectChecksums.Type.FULL_OBJECT;
            case COMPOSITE -> ObjectChecksums.Type.COMPOSITE;
            case null, default -> ObjectChecksums.Type.UNKNOWN;
        };
    }

    /** An ETag in the port's form: empty if the store returned none or, as Ceph does, one without content. */
    static String etag(@Nullable String etag) {
        return etag == null || etag.equals("\"\"") ? "" : etag;
    }

    static Instant time(@Nullable Instant time) {
        return time == null ? Instant.EPOCH : time;
    }
}
