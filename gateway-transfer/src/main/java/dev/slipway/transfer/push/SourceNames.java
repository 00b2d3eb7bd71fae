package dev.slipway.transfer.push;

/** The forms in which orders name sources. */
final class SourceNames {
    private SourceNames() {}

    /** Whether a source is {@code ACCOUNT@/PATH}. */
    static boolean isOfAccount(String source) {
        int account = source.indexOf("@/");
        return account > 0
                && !source.startsWith("https://")
                && !source.startsWith("http://")
                && source.substring(0, account).indexOf(':') < 0;
    }

    /**
     * What a part of a batch is called, in the form of the batch: people who order by paths may not know keys.
     *
     * @param batch the source of the batch
     * @param bucket of the object
     * @param key of the object
     * @param name the rest of the key, after the prefix that all parts have in common
     */
    static String ofPart(String batch, String bucket, String key, String name) {
        if (!isOfAccount(batch)) {
            return bucket + ":" + key;
        }
        int wildcard = NamePattern.firstWildcard(batch);
        String fixed = wildcard < 0 ? batch : batch.substring(0, batch.lastIndexOf('/', wildcard) + 1);
        return NamePattern.literal(fixed) + (fixed.endsWith("/") ? "" : "/") + name;
    }
}
