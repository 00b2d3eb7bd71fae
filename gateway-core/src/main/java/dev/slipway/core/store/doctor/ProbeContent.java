package dev.slipway.core.store.doctor;

import dev.slipway.core.s3.ObjectChecksums;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.zip.CRC32;

/** What the objects of a probe contain. */
final class ProbeContent {
    /** S3 takes no smaller part but the last. */
    private static final int PART_BYTES = 5 << 20;

    static final byte[] SMALL = "Slipway tests what this store can do.".getBytes(StandardCharsets.UTF_8);
    static final byte[] OTHER = "other".getBytes(StandardCharsets.UTF_8);

    private ProbeContent() {}

    /** The smallest part that may be followed by another. */
    static byte[] part() {
        byte[] part = new byte[PART_BYTES];
        Arrays.fill(part, (byte) 'x');
        return part;
    }

    static int crc32(byte[] bytes) {
        CRC32 crc = new CRC32();
        crc.update(bytes);
        return (int) crc.getValue();
    }

    /** As S3's headers have it. */
    static String base64Crc32(byte[] bytes) {
        return ObjectChecksums.base64(crc32(bytes));
    }
}
