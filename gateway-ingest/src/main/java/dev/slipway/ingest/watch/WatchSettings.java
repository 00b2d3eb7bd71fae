package dev.slipway.ingest.watch;

import dev.slipway.core.Failure;
import dev.slipway.core.NameRule;
import dev.slipway.core.VfsException;
import dev.slipway.core.VirtualPath;
import dev.slipway.core.setting.CheckedSettings;
import dev.slipway.core.setting.Problems;
import dev.slipway.core.setting.Setting;
import dev.slipway.ingest.target.RuleTags;
import dev.slipway.ingest.target.TargetSettings;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A local folder whose files are stored as soon as they are complete. */
public record WatchSettings(
        @Setting("Name of the watch: letters, digits, `.`, `-` and `_`. Gateways that share a state database take"
                + " turns at a watch of the same name; give folders of different machines different names.")
        String name,

        @Setting("Folder to watch, with all folders below it. Symbolic links below it are not followed.")
        Path folder,

        TargetSettings target,

        @Setting(
                value =
                        "Whether the folders directly in `folder` are named as the buckets that their files are stored in:"
                                + " `folder/BUCKET/KEY`. `target` may then have only a `prefix` and a `key`.",
                byDefault = "false")
        boolean bucketFolders,

        @Setting("Globs of the files to store. Without any, all. One without `/`, such as `*.csv`, is compared with"
                + " names, others, such as `in/**`, with paths below the folder.")
        List<String> include,

        @Setting("Globs of files and folders to leave out, such as `*.part` or `.*`.")
        List<String> exclude,

        @Setting(
                value = "What becomes of a file once the store has confirmed it, if it is still the same: it stays"
                        + " (`keep`), is deleted (`delete`), or is moved to `moveTo` (`move`).",
                byDefault = "keep")
        Afterwards afterwards,

        @Setting("Folder for stored files, with `afterwards: move`. It must be on the same file system as the watched"
                + " folder. If it lies below that, its files are not stored again.")
        @Nullable
        Path moveTo,

        @Setting(
                value = "How long a file must not have changed before it is stored. Where the kernel does not tell"
                        + " whether a file is open for writing, at least 10 seconds.",
                byDefault = "0s")
        Duration minimumAge,

        @Setting(
                value = "How new files are noticed: `inotify` (the Linux kernel reports them), `polling` (the folder"
                        + " is listed every `scanEvery`; for network file systems, whose other users the"
                        + " kernel does not see), `auto` (inotify where there is one).",
                byDefault = "auto")
        WatchMode mode,

        @Setting(
                value = "How often the whole folder is listed. With inotify, this only matters for what the kernel"
                        + " could not report.",
                byDefault = "30s",
                shortest = "1s")
        Duration scanEvery,

        @Setting(value = "How many files are stored at the same time.", byDefault = "4", least = 1, most = 64)
        int uploads,

        @Setting("Tags that the `rules` compare, such as `type=invoice`: the files of this watch count as having"
                + " them. They are not stored with the object.")
        List<String> ruleTags)
        implements CheckedSettings {
    public WatchSettings {
        include = List.copyOf(include);
        exclude = List.copyOf(exclude);
        ruleTags = List.copyOf(ruleTags);
    }

    @Override
    public void check(Problems problems) {
        if (!NameRule.REMOTE.accepts(name)) {
            problems.add("name", name, "must be " + NameRule.REMOTE.expected());
        }
        RuleTags.check(problems, "ruleTags", ruleTags);
        checkGlobs(problems, "include", include);
        checkGlobs(problems, "exclude", exclude);
        if (bucketFolders && (target.account() != null || target.bucket() != null)) {
            problems.add("bucketFolders", true, "cannot be used together with an account or a bucket in target");
        }
        if (afterwards == Afterwards.MOVE && moveTo == null) {
            problems.add("moveTo", null, "is required with afterwards: move");
        }
        if (afterwards != Afterwards.MOVE && moveTo != null) {
            problems.add("moveTo", moveTo, "requires afterwards: move");
        }
        if (moveTo != null && folder.startsWith(moveTo)) {
            problems.add("moveTo", moveTo, "must not contain the watched folder");
        }
    }

    /**
     * Where a file goes.
     *
     * @param path of the file below the folder
     * @throws VfsException {@link Failure#NAME_INVALID} if the bucket follows from the path, and it has none
     */
    Place place(String path) throws VfsException {
        if (!bucketFolders) {
            return new Place(target, path);
        }
        int slash = path.indexOf('/');
        if (slash < 0) {
            throw new VfsException(
                    Failure.NAME_INVALID, VirtualPath.ROOT, "it is not in a folder that is named as a bucket");
        }
        String bucket = path.substring(0, slash);
        if (!NameRule.BUCKET.accepts(bucket)) {
            throw new VfsException(
                    Failure.NAME_INVALID,
                    VirtualPath.ROOT,
                    "its folder is not named as a bucket: " + NameRule.BUCKET.expected());
        }
        return new Place(
                new TargetSettings(null, null, bucket, target.prefix(), target.key()), path.substring(slash + 1));
    }

    /**
     * Where a file goes.
     *
     * @param path of the file, for the template of the target
     */
    record Place(TargetSettings target, String path) {}

    private static void checkGlobs(Problems problems, String setting, List<String> globs) {
        for (int i = 0; i < globs.size(); i++) {
            try {
                new PathPatterns(List.of(globs.get(i)));
            } catch (IllegalArgumentException e) {
                problems.add(setting + "[" + i + "]", globs.get(i), "must be a glob: " + e.getMessage());
            }
        }
    }
}
