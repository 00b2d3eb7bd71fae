package dev.slipway.ingest.rule;

import org.jspecify.annotations.Nullable;

/**
 * How far a job of a rule is, as the database keeps it.
 *
 * @param step the number of the current step, from 0
 * @param bucket where the file is now
 * @param key its key, or the prefix of what was expanded, ending with a slash
 * @param begun whether the current step has begun to store; for a push, whether it was submitted
 * @param attempt the job's attempt that submitted or last retried the push
 * @param leftover a file that is to be removed before the step, since what came out of it is stored; null for none
 * @param digest the SHA-256 of what the current step was about to store, in hexadecimal, if it would be different each
 *     time; null for none
 */
record RuleProgress(
        int step,
        String bucket,
        String key,
        boolean begun,
        int attempt,
        @Nullable Place leftover,
        @Nullable String digest) {
    /** A file in a bucket. */
    record Place(String bucket, String key) {}

    static RuleProgress first(RuleRequest request) {
        return new RuleProgress(0, request.bucket(), request.key(), false, 0, null, null);
    }

    /** The step is done; the next one is about this file. */
    RuleProgress next(String inBucket, String asKey) {
        return new RuleProgress(step + 1, inBucket, asKey, false, 0, null, null);
    }

    /** The step is done, and the next one is about the same file. */
    RuleProgress next() {
        return next(bucket, key);
    }

    RuleProgress begin(int inAttempt) {
        return new RuleProgress(step, bucket, key, true, inAttempt, null, null);
    }

    /** The step is about to store something with this SHA-256. */
    RuleProgress storing(int inAttempt, String sha256) {
        return new RuleProgress(step, bucket, key, true, inAttempt, null, sha256);
    }

    /** With a file that is to be removed first. */
    RuleProgress leaving(Place place) {
        return new RuleProgress(step, bucket, key, begun, attempt, place, digest);
    }

    RuleProgress withoutLeftover() {
        return new RuleProgress(step, bucket, key, begun, attempt, null, digest);
    }

    Place place() {
        return new Place(bucket, key);
    }

    boolean isFolder() {
        return key.endsWith("/");
    }
}
