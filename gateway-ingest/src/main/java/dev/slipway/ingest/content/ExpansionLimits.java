package dev.slipway.ingest.content;

import dev.slipway.core.setting.Setting;
import dev.slipway.core.unit.DataSize;

/**
 * How much may come out of a file. They stop files that are made to fill a disk, or a bucket.
 *
 * @param ratio how many times the size of the file
 * @param bytes how many bytes in all
 * @param entries how many files and folders an archive may have
 * @param nameLength the length of a member's path in an archive, in bytes of UTF-8
 */
public record ExpansionLimits(
        @Setting(
                value = "How many times as large as the file its contents may be. The first 16 MiB do not count.",
                byDefault = "200",
                least = 1)
        int ratio,

        @Setting(value = "How large the contents of a file may be in all.", byDefault = "100GiB")
        DataSize bytes,

        @Setting(
                value = "How many files and folders an archive may have.",
                byDefault = "20000",
                least = 1,
                most = 1_000_000)
        int entries,

        @Setting(
                value = "How long the path of a member of an archive may be, in bytes.",
                byDefault = "900",
                least = 1,
                most = 1024)
        int nameLength) {
    /** What every file may have: small files of zeros are no attack. */
    private static final long ANY_RATIO = 16L << 20;

    /**
     * Fails if a file has more contents than it may.
     *
     * @param contents what has come out so far, in bytes
     * @param fileSize in bytes
     */
    public void require(long contents, long fileSize) throws ExpansionException {
        if (contents > bytes.bytes()) {
            throw new ExpansionException("The contents are larger than " + bytes + ", the limit `bytes`.");
        }
        if (contents > ANY_RATIO && contents / ratio > fileSize) {
            throw new ExpansionException(
                    "The contents are more than " + ratio + " times as large as the file, the limit `ratio`.");
        }
    }
}
