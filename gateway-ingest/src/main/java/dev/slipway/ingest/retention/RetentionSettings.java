package dev.slipway.ingest.retention;

import dev.slipway.core.NameRule;
import dev.slipway.core.VfsException;
import dev.slipway.core.VirtualPath;
import dev.slipway.core.setting.CheckedSettings;
import dev.slipway.core.setting.Problems;
import dev.slipway.core.setting.Setting;
import dev.slipway.ingest.schedule.CronSchedule;
import dev.slipway.ingest.schedule.Timetable;
import dev.slipway.ingest.target.TargetSettings;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Old files that are deleted or moved: an entry of the section {@code retention} of the configuration. */
public record RetentionSettings(
        @Setting("Name of the task: letters, digits, `.`, `-` and `_`.")
        String name,

        Source source,

        @Setting("Paths below the folder or prefix that are considered, such as `**/*.csv`: `*` and `?` stand for"
                + " characters other than a slash, `**/` for any number of folders. Without any, all.")
        List<String> include,

        @Setting("Paths below the folder or prefix that are left alone, written likewise.")
        List<String> exclude,

        @Setting(
                value =
                        "A file is old if the store has had it for longer than this, such as `30d`. The time that a client"
                                + " has set does not count.",
                shortest = "1h")
        Duration olderThan,

        @Setting(
                value = "What happens to an old file. `delete`: it is deleted. `move`: it is moved to `target`.",
                byDefault = "delete")
        Aging action,

        TargetSettings target,

        @Setting(
                "When to look for old files: the five fields of cron, such as `0 3 * * *`. Without it, only on demand.")
        @Nullable
        String schedule,

        @Setting(value = "Time zone of the schedule, such as `Europe/Berlin`.", byDefault = "UTC")
        String timeZone,

        @Setting(value = "Whether runs only say what they would do, and change nothing.", byDefault = "false")
        boolean dryRun)
        implements CheckedSettings {
    public RetentionSettings {
        include = List.copyOf(include);
        exclude = List.copyOf(exclude);
    }

    /** What happens to an old file. */
    public enum Aging {
        /** It is deleted. */
        DELETE,
        /** It is moved. */
        MOVE
    }

    /** Which files: those of an account's folder, or of a bucket. */
    public record Source(
            @Setting("Account whose folder has the files. It needs no permission to delete.") @Nullable
            String account,

            @Setting("Path of that folder, as the account sees it. Without it, `/`.") @Nullable
            String folder,

            @Setting("Bucket, instead of an account. Without both, `s3.bucket`.") @Nullable
            String bucket,

            @Setting("Beginning of the keys in the bucket, ending with `/`. Without it, the whole bucket.") @Nullable
            String prefix)
            implements CheckedSettings {
        @Override
        public void check(Problems problems) {
            if (account == null && folder != null) {
                problems.add("folder", folder, "requires account; for a bucket, use prefix");
            }
            if (account != null && (bucket != null || prefix != null)) {
                problems.add("account", account, "cannot be used together with bucket or prefix");
            }
            if (account != null && !NameRule.ACCOUNT.accepts(account)) {
                problems.add("account", account, "must be the name of an account: " + NameRule.ACCOUNT.expected());
            }
            if (folder != null && !isAbsolute(folder)) {
                problems.add("folder", folder, "must be an absolute path such as /in");
            }
            if (bucket != null && !NameRule.BUCKET.accepts(bucket)) {
                problems.add("bucket", bucket, "must be a bucket name: " + NameRule.BUCKET.expected());
            }
            if (prefix != null && !prefix.isEmpty() && (prefix.startsWith("/") || !prefix.endsWith("/"))) {
                problems.add("prefix", prefix, "must end with / and not start with it");
            }
        }

        private static boolean isAbsolute(String path) {
            try {
                return path.startsWith("/")
                        && VirtualPath.parse(path).toString().equals(path);
            } catch (VfsException _) {
                return false;
            }
        }
    }

    @Override
    public void check(Problems problems) {
        if (!NameRule.REMOTE.accepts(name)) {
            problems.add("name", name, "must be " + NameRule.REMOTE.expected());
        }
        boolean hasTarget = target.account() != null
                || target.folder() != null
                || target.bucket() != null
                || target.prefix() != null
                || !target.key().equals("{path}");
        if (action == Aging.DELETE && hasTarget) {
            problems.add("target", null, "requires action: move");
        }
        if (action == Aging.MOVE && !hasTarget) {
            problems.add("target", null, "must say where old files are moved to");
        }
        if (action == Aging.MOVE
                && target.account() == null
                && source.account() == null
                && Objects.equals(target.bucket(), source.bucket())
                && beginning(target.prefix()).startsWith(beginning(source.prefix()))) {
            problems.add(
                    "target.prefix",
                    target.prefix(),
                    "must not lie within the source: files that were moved there would be moved again");
        }
        if (schedule != null) {
            CronSchedule.problem(schedule).ifPresent(problem -> problems.add("schedule", schedule, problem));
        }
        if (!CronSchedule.isZone(timeZone)) {
            problems.add("timeZone", timeZone, "must be the name of a time zone, such as UTC or Europe/Berlin");
        }
    }

    private static String beginning(@Nullable String prefix) {
        return Objects.requireNonNullElse(prefix, "");
    }

    /** When it runs. To be called only for settings without problems. */
    Timetable timetable() {
        return Timetable.of(schedule, timeZone);
    }
}
