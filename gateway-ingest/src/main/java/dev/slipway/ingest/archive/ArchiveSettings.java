package dev.slipway.ingest.archive;

import dev.slipway.core.NameRule;
import dev.slipway.core.archive.Archive;
import dev.slipway.core.setting.CheckedSettings;
import dev.slipway.core.setting.Problems;
import dev.slipway.core.setting.Setting;
import dev.slipway.core.unit.DataSize;
import dev.slipway.ingest.schedule.CronSchedule;
import dev.slipway.ingest.schedule.Timetable;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Files of a bucket, or of a local folder, that are put into archives: an entry of the section {@code archives} of the configuration. */
public record ArchiveSettings(
        @Setting("Name of the task: letters, digits, `.`, `-` and `_`.")
        String name,

        Source source,
        Target target,

        @Setting(
                value = "What archives are: `tar`, or `tar-zst` (compressed with zstd, in frames, so that a single"
                        + " file can be read without the rest).",
                byDefault = "tar")
        Form format,

        @Setting(
                value =
                        "An archive ends before its files have more bytes than this. A larger file has an archive of its"
                                + " own.",
                byDefault = "1024MiB")
        DataSize maxSize,

        @Setting(
                value = "Maximum number of files in an archive. A run keeps about 500 bytes of memory for each.",
                byDefault = "10000",
                least = 1,
                most = 200_000)
        int maxFiles,

        @Setting(
                value = "Files that are too few for a full archive wait for others until the oldest of them is this"
                        + " old.",
                byDefault = "1h")
        Duration maxAge,

        @Setting(
                value = "What happens to the files once the archive is verified and recorded. `delete`: they are"
                        + " deleted, unless they were changed meanwhile. `keep`: they stay.",
                byDefault = "delete")
        Originals originals,

        @Setting("When to look for files: the five fields of cron, such as `*/10 * * * *`. Without it, only on demand.")
        @Nullable
        String schedule,

        @Setting(value = "Time zone of the schedule, such as `Europe/Berlin`.", byDefault = "UTC")
        String timeZone)
        implements CheckedSettings {

    /** What archives are. */
    public enum Form {
        /** A tar file. */
        TAR,
        /** A tar file that is compressed with zstd. */
        TAR_ZST;

        Archive.Format format() {
            return switch (this) {
                case TAR -> Archive.Format.TAR;
                case TAR_ZST -> Archive.Format.TAR_ZSTD;
            };
        }

        /** The end of the keys of archives. */
        String extension() {
            return switch (this) {
                case TAR -> ".tar";
                case TAR_ZST -> ".tar.zst";
            };
        }
    }

    /** What happens to files that are in an archive. */
    public enum Originals {
        /** They are deleted. */
        DELETE,
        /** They stay. */
        KEEP
    }

    /** Which files. */
    public record Source(
            @Setting("Bucket that has the files. Without it, `s3.bucket`.") @Nullable
            String bucket,

            @Setting("Beginning of their keys, ending with `/`. Without it, the whole bucket.") @Nullable
            String prefix,

            @Setting("Local folder that has the files, instead of a bucket. The folders directly in it are named as the"
                    + " buckets that the archives are stored in: `folder/BUCKET/KEY`. Files that somebody has open for"
                    + " writing wait. Symbolic links below it are not followed.")
            @Nullable
            Path folder) {
        /** The prefix; empty for the whole bucket. */
        String beginning() {
            return Objects.requireNonNullElse(prefix, "");
        }
    }

    /** Where archives are stored. */
    public record Target(
            @Setting("Bucket for the archives. Without it, `s3.bucket`. Not with `source.folder`.") @Nullable
            String bucket,

            @Setting("Beginning of their keys, ending with `/`. The path of the files' folder below the source follows."
                    + " Without it, that path begins the key.")
            @Nullable
            String prefix) {
        /** The prefix; may be empty. */
        String beginning() {
            return Objects.requireNonNullElse(prefix, "");
        }
    }

    /** When it runs. To be called only for settings without problems. */
    Timetable timetable() {
        return Timetable.of(schedule, timeZone);
    }

    @Override
    public void check(Problems problems) {
        if (!NameRule.REMOTE.accepts(name)) {
            problems.add("name", name, "must be " + NameRule.REMOTE.expected());
        }
        checkPlace(problems, "source", source.bucket(), source.prefix());
        checkPlace(problems, "target", target.bucket(), target.prefix());
        if (source.folder() != null) {
            checkFolder(problems);
        } else if (Objects.equals(source.bucket(), target.bucket())) {
            checkApart(problems);
        }
        if (maxSize.bytes() == 0) {
            problems.add("maxSize", maxSize, "must be at least 1B");
        }
        if (schedule != null) {
            CronSchedule.problem(schedule).ifPresent(problem -> problems.add("schedule", schedule, problem));
        }
        if (!CronSchedule.isZone(timeZone)) {
            problems.add("timeZone", timeZone, "must be the name of a time zone, such as UTC or Europe/Berlin");
        }
    }

    /**
     * Whether archives are not taken for files, and put into archives.
     *
     * @param defaultBucket of settings that name none; null if there is none
     */
    public boolean isApart(@Nullable String defaultBucket) {
        String from = source.bucket() == null ? defaultBucket : source.bucket();
        String to = target.bucket() == null ? defaultBucket : target.bucket();
        return source.folder() != null
                || !Objects.equals(from, to)
                || (!target.beginning().isEmpty() && !source.beginning().startsWith(target.beginning()));
    }

    private void checkFolder(Problems problems) {
        if (source.bucket() != null || source.prefix() != null) {
            problems.add(
                    "source.folder", source.folder(), "cannot be used together with a bucket or a prefix in source");
        }
        if (target.bucket() != null) {
            problems.add(
                    "target.bucket",
                    target.bucket(),
                    "cannot be used together with source.folder: the folders in it name the buckets");
        }
    }

    private void checkApart(Problems problems) {
        if (target.beginning().isEmpty()) {
            problems.add(
                    "target.prefix",
                    null,
                    "is required if the archives are in the bucket of the files, so that they are not taken for files");
        } else if (source.beginning().startsWith(target.beginning())) {
            problems.add("target.prefix", target.prefix(), "must not contain the files of source.prefix");
        }
    }

    private static void checkPlace(Problems problems, String key, @Nullable String bucket, @Nullable String prefix) {
        if (bucket != null && !NameRule.BUCKET.accepts(bucket)) {
            problems.add(key + ".bucket", bucket, "must be a bucket name: " + NameRule.BUCKET.expected());
        }
        if (prefix != null && !prefix.isEmpty() && (prefix.startsWith("/") || !prefix.endsWith("/"))) {
            problems.add(key + ".prefix", prefix, "must end with / and not start with it");
        }
    }
}
