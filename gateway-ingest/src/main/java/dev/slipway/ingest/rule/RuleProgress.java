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
 * @param rule the rule that was found to take the file, if the request does not name it; otherwise null
 * @param members how far the files of an archive are that have jobs of their own; null if there are none
 * @param digest the SHA-256 of what the current step was about to store, in hexadecimal, if it would be different each
 *     time; null for none
 * @param etag the ETag of the version of the file that a step has scanned or verified: only that one is moved or copied
 *     then; null for none
 * @param finding what the current step, a scan, has found; null for nothing
 */
record RuleProgress(
        int step,
        String bucket,
        String key,
        boolean begun,
        int attempt,
        @Nullable Place leftover,
        @Nullable String rule,
        @Nullable Members members,
        @Nullable String digest,
        @Nullable String etag,
        @Nullable Finding finding) {
    /** A file in a bucket. */
    record Place(String bucket, String key) {}

    /**
     * Malware in the file.
     *
     * @param signature its name, as the scanner has it
     * @param etag the ETag of the version that it is in; empty if the store has none
     */
    record Finding(String signature, String etag) {}

    /** How far the files of an archive are that have jobs of their own. */
    enum Members {
        /** They are stored, and the jobs are being submitted. */
        STORED,
        /** All jobs were submitted. */
        SUBMITTED
    }

    static RuleProgress first(RuleRequest request) {
        return new RuleProgress(
                request.firstStep(), request.bucket(), request.key(), false, 0, null, null, null, null, null, null);
    }

    /** The same file, which this rule takes. */
    RuleProgress takenBy(String takingRule) {
        return new RuleProgress(
                step, bucket, key, begun, attempt, leftover, takingRule, members, digest, etag, finding);
    }

    /** The step is done; the next one is about this file. */
    RuleProgress next(String inBucket, String asKey) {
        return new RuleProgress(step + 1, inBucket, asKey, false, 0, null, rule, null, null, null, null);
    }

    /** The step is done, and the next one is about the same file. */
    RuleProgress next() {
        return nextAbout(etag);
    }

    /**
     * The step is done, and the next one is about this version of the same file.
     *
     * @param version its ETag; null or empty if that is not known
     */
    RuleProgress nextAbout(@Nullable String version) {
        return new RuleProgress(
                step + 1,
                bucket,
                key,
                false,
                0,
                null,
                rule,
                null,
                null,
                version == null || version.isEmpty() ? null : version,
                null);
    }

    /** The step has found malware, and has to move the file. */
    RuleProgress found(Finding malware) {
        return new RuleProgress(
                step, bucket, key, begun, attempt, leftover, rule, members, digest, malware.etag(), malware);
    }

    RuleProgress begin(int inAttempt) {
        return new RuleProgress(step, bucket, key, true, inAttempt, null, rule, members, null, etag, null);
    }

    /** All files of the archive are stored; nothing of the step is undone any more. */
    RuleProgress membersStored() {
        return new RuleProgress(step, bucket, key, false, attempt, null, rule, Members.STORED, null, etag, null);
    }

    /** The files of the archive, in this folder, have their jobs. The step waits for them. */
    RuleProgress membersSubmitted(String inBucket, String folder) {
        return new RuleProgress(
                step, inBucket, folder, false, attempt, null, rule, Members.SUBMITTED, null, null, null);
    }

    /** All steps are done, by the jobs of the archive's files. */
    RuleProgress finished(int steps) {
        return new RuleProgress(steps, bucket, key, false, 0, null, rule, null, null, null, null);
    }

    /** The step is about to store something with this SHA-256. */
    RuleProgress storing(int inAttempt, String sha256) {
        return new RuleProgress(step, bucket, key, true, inAttempt, null, rule, members, sha256, etag, null);
    }

    /** With a file that is to be removed first. */
    RuleProgress leaving(Place place) {
        return new RuleProgress(step, bucket, key, begun, attempt, place, rule, members, digest, etag, finding);
    }

    RuleProgress withoutLeftover() {
        return new RuleProgress(step, bucket, key, begun, attempt, null, rule, members, digest, etag, finding);
    }

    /** The same step, of which nothing is left. */
    RuleProgress retried() {
        return new RuleProgress(step, bucket, key, false, attempt, leftover, rule, members, null, etag, finding);
    }

    Place place() {
        return new Place(bucket, key);
    }

    boolean isFolder() {
        return key.endsWith("/");
    }
}
