package dev.slipway.core.s3;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;

/** The ETag of a multipart upload in S3: the MD5 of the parts' MD5s, followed by the number of parts. */
public final class MultipartEtag {
    private MultipartEtag() {}

    /** Computes the ETag, quotes included; empty if the parts' ETags are not MD5s. */
    public static Optional<String> of(List<UploadedPart> parts) {
        try {
            MessageDigest md5 = MessageDigest.getInstance("MD5");
            for (UploadedPart part : parts) {
                md5.update(HexFormat.of().parseHex(part.etag().replace("\"", "")));
            }
            return Optional.of("\"" + HexFormat.of().formatHex(md5.digest()) + "-" + parts.size() + "\"");
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has MD5", e);
        }
    }
}
