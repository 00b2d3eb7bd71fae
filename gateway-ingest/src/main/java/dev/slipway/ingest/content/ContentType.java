package dev.slipway.ingest.content;

import java.nio.charset.StandardCharsets;

/** What the first bytes of a file say it is. Its name does not matter. */
public enum ContentType {
    GZIP,
    ZSTD,
    BZIP2,
    XZ,
    LZ4,
    ZIP,
    TAR,
    /** None of these. */
    OTHER;

    /** How many of a file's first bytes {@link #of} needs: a block of tar. */
    static final int HEAD = 512;

    private static final int CHECKSUM = 148;
    private static final int CHECKSUM_LENGTH = 8;
    private static final int TAR_MAGIC = 257;

    /**
     * Looks at the beginning of a file.
     *
     * @param head the first 512 bytes, or all if there are fewer
     */
    static ContentType of(byte[] head) {
        if (startsWith(head, 0x1f, 0x8b, 8)) {
            return GZIP;
        }
        // Also a frame to be skipped, with which seekable and parallel files may begin.
        if (startsWith(head, 0x28, 0xb5, 0x2f, 0xfd) || isSkippableFrame(head)) {
            return ZSTD;
        }
        if (startsWith(head, 'B', 'Z', 'h') && head.length >= 10 && (isBlockOfBzip2(head) || isEndOfBzip2(head))) {
            return BZIP2;
        }
        if (startsWith(head, 0xfd, '7', 'z', 'X', 'Z', 0)) {
            return XZ;
        }
        if (startsWith(head, 0x04, 0x22, 0x4d, 0x18)) {
            return LZ4;
        }
        // The second is that of an empty one.
        if (startsWith(head, 'P', 'K', 3, 4) || startsWith(head, 'P', 'K', 5, 6)) {
            return ZIP;
        }
        return isTar(head) ? TAR : OTHER;
    }

    /** Whether it is a single compressed file, or a compressed tar. */
    boolean isCompression() {
        return switch (this) {
            case GZIP, ZSTD, BZIP2, XZ, LZ4 -> true;
            case ZIP, TAR, OTHER -> false;
        };
    }

    private static boolean startsWith(byte[] head, int... magic) {
        return isAt(head, 0, magic);
    }

    private static boolean isAt(byte[] head, int offset, int... magic) {
        if (head.length < offset + magic.length) {
            return false;
        }
        for (int i = 0; i < magic.length; i++) {
            if ((head[offset + i] & 0xff) != magic[i]) {
                return false;
            }
        }
        return true;
    }

    private static boolean isSkippableFrame(byte[] head) {
        return isAt(head, 1, 0x2a, 0x4d, 0x18) && (head[0] & 0xf0) == 0x50;
    }

    private static boolean isBlockOfBzip2(byte[] head) {
        return isAt(head, 4, 0x31, 0x41, 0x59, 0x26, 0x53, 0x59);
    }

    private static boolean isEndOfBzip2(byte[] head) {
        return isAt(head, 4, 0x17, 0x72, 0x45, 0x38, 0x50, 0x90);
    }

    /** The magic is younger than tar; its checksum is as old as tar is. */
    private static boolean isTar(byte[] head) {
        if (head.length < HEAD || head[0] == 0) {
            return false;
        }
        if (isAt(head, TAR_MAGIC, 'u', 's', 't', 'a', 'r')) {
            return true;
        }
        int sum = 0;
        for (int i = 0; i < HEAD; i++) {
            boolean isInChecksum = i >= CHECKSUM && i < CHECKSUM + CHECKSUM_LENGTH;
            sum += isInChecksum ? ' ' : head[i] & 0xff;
        }
        String field = new String(head, CHECKSUM, CHECKSUM_LENGTH, StandardCharsets.ISO_8859_1);
        String digits = field.replace('\0', ' ').strip();
        return digits.matches("[0-7]{1,7}") && Integer.parseInt(digits, 8) == sum;
    }
}
