package dev.slipway.core.store.doctor;

import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * What a {@link StoreProbe} has found out about one bucket.
 *
 * @param bucket the bucket's name
 * @param findings in the order in which the store was asked
 */
public record ProbeReport(String bucket, List<Finding> findings) {
    public ProbeReport {
        findings = List.copyOf(findings);
    }

    /** What was found out, for Slipway's work. */
    public enum Level {
        /** As Slipway would have it. */
        WORKS("works"),
        /** Not so, but Slipway has another way, or the operator may want to know. */
        DIFFERS("works differently"),
        /** Somebody has to do something. */
        WRONG("wrong"),
        /** It could not be found out. */
        UNKNOWN("unknown");

        private final String words;

        Level(String words) {
            this.words = words;
        }

        /** In plain words. */
        public String words() {
            return words;
        }
    }

    /** What is asked of a bucket. */
    public enum Check {
        REACHABLE("does the store answer"),
        CLOCK("do its clock and ours agree"),
        CREDENTIALS("does it accept the credentials"),
        BUCKET("is the bucket there"),
        LIST("can keys be listed"),
        PUT("can objects be written"),
        GET("can objects be read"),
        HEAD_MISSING("is an object that is not there told from one that is refused"),
        DELETE("can objects be deleted"),
        CHECKSUM("does it take a CRC-32 with the bytes"),
        CHECKSUM_VERIFIED("does it refuse bytes that do not fit their CRC-32"),
        PUT_IF_ABSENT("does PutObject respect If-None-Match: *"),
        PUT_IF_MATCH("does PutObject respect If-Match"),
        ENTITY_TAGS("does it give entity tags"),
        COPY("can objects be copied, with their metadata"),
        COPY_IF_ABSENT("does CopyObject respect If-None-Match: *"),
        TAGS("does it keep tags"),
        MULTIPART("can objects be written in parts"),
        MULTIPART_CHECKSUM("does it verify a CRC-32 of a whole multipart object"),
        COPY_PART("can parts be copied from other objects"),
        LIST_PARTS("are parts listed in pages"),
        LIST_UPLOADS("are unfinished uploads listed"),
        COMPLETE_IF_ABSENT("does CompleteMultipartUpload respect If-None-Match: *"),
        ABORT("can uploads be aborted"),
        BATCH_DELETE("can many objects be deleted at once"),
        LIST_ORDER("in which order are keys listed"),
        LIST_PAGES("do pages of a listing continue where the last one ended"),
        KEY_LONG_NAME("can a name in a key have 255 bytes"),
        KEY_LONGER_NAME("can a name in a key have more than 255 bytes"),
        KEY_LENGTH("can a key have 1024 bytes"),
        KEY_BESIDE_DIRECTORY("can there be an object a beside an object a/b"),
        KEY_EMPTY_NAME("are keys with empty names (a//b) kept as they are"),
        KEY_DOT_NAMES("are keys with the names . and .. kept as they are"),
        MARKER_CONTENT("do objects whose key ends with a slash keep their content"),
        STORAGE("are objects stored as the settings ask"),
        VERSIONING("does it keep old versions"),
        LEFTOVERS("are there unfinished uploads of more than a day"),
        LIFECYCLE("does a lifecycle rule abort unfinished uploads"),
        TRACES("is everything gone that was written to find this out");

        private final String question;

        Check(String question) {
            this.question = question;
        }

        /** What is asked, as a question without its mark. */
        public String question() {
            return question;
        }

        /** The name for programs, such as {@code put-if-absent}. */
        public String id() {
            return name().toLowerCase(Locale.ROOT).replace('_', '-');
        }
    }

    /**
     * One thing that was found out.
     *
     * @param check what was asked
     * @param level what it means
     * @param answer what the store answered
     * @param consequence what Slipway does, or what the operator should do; empty where all is as it should be
     */
    public record Finding(Check check, Level level, String answer, String consequence) {}

    /** Whether the bucket can be worked with: nothing that was found is wrong. */
    public boolean isUsable() {
        return wrong().isEmpty();
    }

    /** What somebody has to do something about. */
    public List<Finding> wrong() {
        return findings.stream()
                .filter(finding -> finding.level() == Level.WRONG)
                .toList();
    }

    /** One line for a log. */
    public String summary() {
        Map<Level, List<String>> checks = findings.stream()
                .collect(Collectors.groupingBy(
                        Finding::level,
                        Collectors.mapping(finding -> finding.check().id(), Collectors.toList())));
        StringBuilder summary = new StringBuilder("bucket '" + bucket + "': ");
        summary.append(checks.getOrDefault(Level.WORKS, List.of()).size()).append(" of ");
        summary.append(findings.size()).append(" checks work");
        for (Level level : EnumSet.complementOf(EnumSet.of(Level.WORKS))) {
            List<String> ids = checks.getOrDefault(level, List.of());
            if (!ids.isEmpty()) {
                summary.append("; ").append(level.words()).append(": ").append(String.join(", ", ids));
            }
        }
        return summary.toString();
    }
}
