package dev.slipway.ingest.rule;

import dev.slipway.core.event.Origin;
import dev.slipway.core.store.ObjectKey;
import dev.slipway.core.store.StoredUpload;
import java.util.Arrays;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The file that a job of a rule is about, as the database keeps it.
 *
 * @param etag of the version that came in; empty if the store has none
 * @param rule the rule that takes it; empty if that depends on the object, which the job has to ask
 * @param at when it came in, in seconds since 1970
 * @param path as the account saw it; null in jobs of earlier versions, as is the next
 * @param origin the name of the {@link Origin}
 * @param bytes its size
 * @param firstStep the number of the first step, from 0: not 0 for a file that came out of an archive
 */
record RuleRequest(
        String rule,
        String bucket,
        String key,
        String etag,
        String account,
        long at,
        @Nullable String path,
        @Nullable String origin,
        long bytes,
        int firstStep) {
    RuleProgress.Place place() {
        return new RuleProgress.Place(bucket, key);
    }

    /**
     * The file that was uploaded.
     *
     * @param rule empty if it is not known yet
     */
    static RuleRequest of(String rule, StoredUpload upload) {
        return new RuleRequest(
                rule,
                upload.key().bucket(),
                upload.key().key(),
                upload.version().etag(),
                upload.origin().account(),
                upload.at().getEpochSecond(),
                upload.origin().path(),
                upload.origin().origin().name(),
                upload.bytes(),
                0);
    }

    /** The same file, which this rule takes. */
    RuleRequest takenBy(String takingRule) {
        return new RuleRequest(takingRule, bucket, key, etag, account, at, path, origin, bytes, firstStep);
    }

    /** A file that came out of this one. */
    RuleRequest member(String takingRule, ObjectKey file, String fileTag, long fileBytes, int step) {
        return new RuleRequest(
                takingRule, file.bucket(), file.key(), fileTag, account, at, null, null, fileBytes, step);
    }

    /** The file as rules are asked about it; empty if the job was submitted by an earlier version. */
    Optional<Rules.ArrivedFile> arrived() {
        return path == null ? Optional.empty() : cameBy().map(by -> new Rules.ArrivedFile(account, path, by, bytes));
    }

    /** Whether a version is the one that came in, as far as that can be told. */
    boolean isVersion(String otherTag) {
        return etag.isEmpty() || otherTag.equals(etag);
    }

    /** How the file came in, if that is known. */
    Optional<Origin> cameBy() {
        return Arrays.stream(Origin.values())
                .filter(one -> one.name().equals(origin))
                .findFirst();
    }

    /**
     * The path at which the account sees another file, if that is in the same mount as the one that came in: what the
     * key and the path of that one have in common at their ends tells where the mount lies.
     */
    Optional<String> pathOf(String otherBucket, String otherKey) {
        if (path == null || !otherBucket.equals(bucket)) {
            return Optional.empty();
        }
        int common = 0;
        int most = Math.min(path.length() - 1, key.length());
        for (int i = 1; i <= most && path.charAt(path.length() - i) == key.charAt(key.length() - i); i++) {
            boolean isSegment = i == key.length()
                    ? path.charAt(path.length() - i - 1) == '/'
                    : key.charAt(key.length() - i - 1) == '/';
            if (isSegment) {
                common = i;
            }
        }
        String prefix = key.substring(0, key.length() - common);
        return otherKey.startsWith(prefix)
                ? Optional.of(path.substring(0, path.length() - common) + otherKey.substring(prefix.length()))
                : Optional.empty();
    }
}
