package dev.slipway.ingest.archive;

/**
 * Which archived files a job makes objects again.
 *
 * @param key of one file; if it ends with a slash or is empty, the beginning of the keys of all
 */
record ExtractionRequest(String bucket, String key) {
    boolean isPrefix() {
        return key.isEmpty() || key.endsWith("/");
    }

    /** For people. */
    String place() {
        return bucket + ":" + key;
    }
}
