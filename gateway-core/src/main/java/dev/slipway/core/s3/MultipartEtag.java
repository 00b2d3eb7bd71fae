package dev.slipway.core.s3;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;

/** The entity tag that S3 gives to what was uploaded in parts: the MD5 of the parts' MD5s, and how many there were. */
public final class MultipartEtag {
    private MultipartEtag() {}

    /** The entity tag, quotes included; empty where those of the parts are not MD5s. */
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
