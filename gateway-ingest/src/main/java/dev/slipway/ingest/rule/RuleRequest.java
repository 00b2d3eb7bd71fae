package dev.slipway.ingest.rule;

import dev.slipway.core.store.StoredUpload;

/**
 * The file that a job of a rule is about, as the database keeps it.
 *
 * @param etag of the version that came in; empty if the store has none
 * @param at when it came in, in seconds since 1970
 */
record RuleRequest(String rule, String bucket, String key, String etag, String account, long at) {
    RuleProgress.Place place() {
        return new RuleProgress.Place(bucket, key);
    }

    static RuleRequest of(RuleSettings rule, StoredUpload upload) {
        return new RuleRequest(
                rule.name(),
                upload.key().bucket(),
                upload.key().key(),
                upload.version().etag(),
                upload.origin().account(),
                upload.at().getEpochSecond());
    }
}
