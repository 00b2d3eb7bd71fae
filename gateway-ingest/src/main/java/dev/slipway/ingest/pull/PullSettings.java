package dev.slipway.ingest.pull;

import dev.slipway.core.setting.CheckedSettings;
import dev.slipway.core.setting.Problems;
import dev.slipway.core.setting.Setting;
import dev.slipway.ingest.schedule.CronSchedule;
import dev.slipway.ingest.schedule.Timetable;
import dev.slipway.ingest.target.RuleTags;
import dev.slipway.ingest.target.TargetSettings;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** A folder of a remote whose files are fetched: an entry of the section {@code pulls} of the configuration. */
public record PullSettings(
        @Setting("Name of the pull: letters, digits, `.`, `-` and `_`.")
        String name,

        @Setting("Remote that the files come from: a name from `remotes` or `slipway remote add`.")
        String remote,

        @Setting(
                "Path of the folder on the remote, with all its subfolders. A relative one begins at the folder of the login.")
        String folder,

        TargetSettings target,

        @Setting("When to fetch what is new or changed since it was delivered: the five fields of cron, such as"
                + " `*/5 * * * *`. Without it, only on demand.")
        @Nullable
        String incremental,

        @Setting("When to compare the source with the bucket itself, so that files that were deleted or changed there"
                + " are fetched again: the five fields of cron, such as `0 3 * * *`. Without it, only on"
                + " demand.")
        @Nullable
        String full,

        @Setting(value = "Time zone of both schedules, such as `Europe/Berlin`.", byDefault = "UTC")
        String timeZone,

        @Setting("Paths below the folder that are fetched, such as `**/*.csv`: `*` and `?` stand for characters other"
                + " than a slash, `**/` for any number of folders. Without any, all.")
        List<String> include,

        @Setting("Paths below the folder that are not fetched, written likewise; `archive/**` leaves out a folder.")
        List<String> exclude,

        @Setting(
                value = "What happens to symbolic links. `skip`: they are left out. `inside`: they are followed if they"
                        + " lead to something in the folder. `follow`: they are always followed. A link that leads"
                        + " back to a folder that it is in is never followed.",
                byDefault = "skip")
        Links links,

        @Setting(
                value = "A file that changed less than this ago may still be written to: it is left for the next run,"
                        + " unless it has not changed since the run before.",
                byDefault = "1m")
        Duration settledAfter,

        @Setting(
                value = "How files are verified. `digest`: by size, and by the SHA-256 that the remote computes, if it"
                        + " has a shell and `sha256sum` or `shasum`. `size`: by size.",
                byDefault = "digest")
        Verification verify,

        @Setting(value = "Maximum number of files that are fetched at once.", byDefault = "4", least = 1, most = 64)
        int maxFiles,

        @Setting(
                value = "What a full run does with a stored file whose source has vanished. `keep`: nothing. `delete`:"
                        + " it deletes the file. `move`: it moves the file to `vanishedFolder`. A file that was changed"
                        + " since the pull stored it is always kept; and nothing happens to any file if the source is"
                        + " empty or a part of it cannot be read.",
                byDefault = "keep")
        Vanished vanished,

        @Setting("Folder of the target that files are moved to with `vanished: move`, such as `.vanished`.") @Nullable
        String vanishedFolder,

        @Setting(
                value = "What happens to a source file once the store has confirmed it and it is still the same."
                        + " `leave`: nothing. `delete`: it is deleted. `move`: it is renamed into"
                        + " `afterwardsFolder`.",
                byDefault = "leave")
        Afterwards afterwards,

        @Setting("Path of the folder on the remote, in the same file system, that files are renamed into with"
                + " `afterwards: move`. It is created if it is missing, and never fetched from.")
        @Nullable
        String afterwardsFolder,

        @Setting("Tags that the `rules` compare, such as `type=invoice`: the files of this pull count as having"
                + " them. They are not stored with the object.")
        List<String> ruleTags)
        implements CheckedSettings {
    /** Names of the schedules. */
    static final String INCREMENTAL = "incremental";

    static final String FULL = "full";

    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9._-]{1,100}");

    public PullSettings {
        include = List.copyOf(include);
        exclude = List.copyOf(exclude);
        ruleTags = List.copyOf(ruleTags);
    }

    /** What happens to symbolic links. */
    public enum Links {
        /** They are left out. */
        SKIP,
        /** They are followed within the source folder. */
        INSIDE,
        /** They are followed. */
        FOLLOW
    }

    /** How files are verified. */
    public enum Verification {
        /** By size, and by a digest if the remote can compute one. */
        DIGEST,
        /** By size. */
        SIZE
    }

    /** What happens to a stored file whose source has vanished. */
    public enum Vanished {
        /** Nothing. */
        KEEP,
        /** It is deleted. */
        DELETE,
        /** It is moved aside. */
        MOVE
    }

    /** What happens to a source file that was delivered. */
    public enum Afterwards {
        /** Nothing. */
        LEAVE,
        /** It is deleted. */
        DELETE,
        /** It is renamed into another folder. */
        MOVE
    }

    /** When it runs. To be called only for settings without problems. */
    Timetable timetable() {
        Map<String, @Nullable String> schedules = new LinkedHashMap<>();
        schedules.put(INCREMENTAL, incremental);
        schedules.put(FULL, full);
        return Timetable.of(schedules, timeZone);
    }

    @Override
    public void check(Problems problems) {
        if (!NAME.matcher(name).matches()) {
            problems.add("name", name, "must be at most 100 letters, digits, dots, hyphens and underscores");
        }
        checkPath(problems, "folder", folder);
        RuleTags.check(problems, "ruleTags", ruleTags);
        checkSchedules(problems);
        if ((vanished == Vanished.MOVE) != (vanishedFolder != null)) {
            problems.add(
                    "vanishedFolder",
                    vanishedFolder,
                    vanishedFolder == null ? "is required with vanished: move" : "requires vanished: move");
        }
        if ((afterwards == Afterwards.MOVE) != (afterwardsFolder != null)) {
            problems.add(
                    "afterwardsFolder",
                    afterwardsFolder,
                    afterwardsFolder == null ? "is required with afterwards: move" : "requires afterwards: move");
        }
        if (afterwardsFolder != null) {
            checkPath(problems, "afterwardsFolder", afterwardsFolder);
        }
        if (vanished != Vanished.KEEP && afterwards != Afterwards.LEAVE) {
            problems.add(
                    "vanished",
                    vanished,
                    "must be keep unless afterwards is leave: what the pull itself removes has not vanished");
        }
    }

    private void checkSchedules(Problems problems) {
        checkSchedule(problems, "incremental", incremental);
        checkSchedule(problems, "full", full);
        if (!CronSchedule.isZone(timeZone)) {
            problems.add("timeZone", timeZone, "must be the name of a time zone, such as UTC or Europe/Berlin");
        }
    }

    private static void checkSchedule(Problems problems, String name, @Nullable String expression) {
        if (expression != null) {
            CronSchedule.problem(expression).ifPresent(problem -> problems.add(name, expression, problem));
        }
    }

    private static void checkPath(Problems problems, String name, String path) {
        boolean isNormal = path.indexOf('\0') < 0
                && List.of(path.split("/", -1)).stream().noneMatch(segment -> segment.matches("\\.\\.?"));
        if (!isNormal) {
            problems.add(name, path, "must be a path without . and .. segments");
        }
    }
}
