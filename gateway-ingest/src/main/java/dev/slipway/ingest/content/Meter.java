package dev.slipway.ingest.content;

/** What has come out of a file so far. */
final class Meter {
    private final ExpansionLimits limits;
    private final long fileSize;
    private long contents;

    /** @param fileSize of the compressed file, in bytes */
    Meter(ExpansionLimits limits, long fileSize) {
        this.limits = limits;
        this.fileSize = fileSize;
    }

    void add(long bytes) throws ExpansionException {
        contents += bytes;
        limits.require(contents, fileSize);
    }
}
