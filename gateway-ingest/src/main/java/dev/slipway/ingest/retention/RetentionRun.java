package dev.slipway.ingest.retention;

import dev.slipway.core.DigestAlgorithm;
import dev.slipway.core.Failure;
import dev.slipway.core.VfsException;
import dev.slipway.core.VirtualPath;
import dev.slipway.core.state.ArchiveTable;
import dev.slipway.core.store.ObjectInfo;
import dev.slipway.core.store.ObjectPage;
import dev.slipway.core.store.ObjectStore;
import dev.slipway.core.store.StoreException;
import dev.slipway.core.vfs.FileEntry;
import dev.slipway.core.vfs.FileVersion;
import dev.slipway.core.vfs.RenameMode;
import dev.slipway.core.vfs.VirtualFileSystem;
import dev.slipway.ingest.target.KeyTemplate;
import dev.slipway.ingest.target.KeyValues;
import dev.slipway.ingest.target.TargetFolders;
import dev.slipway.transfer.job.JobException;
import dev.slipway.transfer.job.JobRun;
import dev.slipway.transfer.job.JobStoppedException;
import dev.slipway.transfer.push.NamePattern;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * One run of a retention task. It lists everything before it changes anything, then again page by page, so that memory
 * does not depend on the number of files. Changes go through a file system, of which each bucket is a folder.
 */
final class RetentionRun {
    private static final int PAGE = 1000;
    private static final int AT_ONCE = 8;

    /** The keys of archives, and of their indexes. */
    private static final Pattern ARCHIVE = Pattern.compile(
            "(?s)(?:.*/)?([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\\.(?:tar|tar\\.zst|index\\.json\\.gz)");

    private final RetentionSettings settings;
    private final JobRun run;
    private final RetentionTally tally;
    private final ObjectStore store;
    private final ArchiveTable archives;
    private final VirtualFileSystem files;
    private final TargetFolders folders;
    private final RetentionPlace source;
    private final @Nullable RetentionPlace target;
    private final KeyTemplate key;
    private final Instant oldest;
    private final List<Pattern> include;
    private final List<Pattern> exclude;

    /**
     * A run that has not begun.
     *
     * @param store to list; shows no archived objects
     * @param files of the buckets of both places
     * @param target null if files are deleted
     * @param now files that the store had before this, less the settings' age, are old
     */
    RetentionRun(
            RetentionSettings settings,
            JobRun run,
            RetentionTally tally,
            ObjectStore store,
            ArchiveTable archives,
            VirtualFileSystem files,
            RetentionPlace source,
            @Nullable RetentionPlace target,
            Instant now) {
        this.settings = settings;
        this.run = run;
        this.tally = tally;
        this.store = store;
        this.archives = archives;
        this.files = files;
        this.folders = new TargetFolders(files);
        this.source = source;
        this.target = target;
        this.key = KeyTemplate.parse(settings.target().key());
        this.oldest = now.minus(settings.olderThan());
        this.include = settings.include().stream().map(NamePattern::compile).toList();
        this.exclude = settings.exclude().stream().map(NamePattern::compile).toList();
    }

    /**
     * Does it. Blocks for as long as that takes.
     *
     * @param pageDone called after each page of files that were dealt with
     * @throws StoreException the files could not be listed; if that was before the first change, there is none
     */
    void run(boolean dryRun, Runnable pageDone) throws StoreException, JobException, JobStoppedException {
        run.progress("looking", 0, -1, 0, -1);
        forEachPage(page -> {
            List<ObjectInfo> old = old(page);
            tally.looked(page.size(), old.size());
            if (dryRun) {
                old.forEach(object -> tally.wouldDo(
                        target == null ? "delete" : "move", object.key().key(), object.size()));
            }
        });
        if (dryRun || tally.report().old() == 0) {
            return;
        }
        long total = tally.report().old();
        try (ExecutorService threads = Executors.newFixedThreadPool(
                AT_ONCE, Thread.ofVirtual().name("retention").factory())) {
            long[] handled = {0};
            forEachPage(page -> {
                List<ObjectInfo> old = old(page);
                List<Future<?>> running = new ArrayList<>();
                for (ObjectInfo object : old) {
                    running.add(threads.submit(() -> {
                        handle(object);
                        return null;
                    }));
                }
                await(running);
                handled[0] += old.size();
                run.progress(
                        target == null ? "deleting" : "moving", tally.report().bytes(), -1, handled[0], total);
                if (!old.isEmpty()) {
                    pageDone.run();
                }
            });
        }
    }

    private interface PageWork {
        void accept(List<ObjectInfo> page) throws JobException, JobStoppedException;
    }

    /** Lists the source, without the markers of directories. */
    private void forEachPage(PageWork work) throws StoreException, JobException, JobStoppedException {
        String cursor = null;
        do {
            run.throwIfStopped();
            ObjectPage page = store.list(source.bucket(), source.prefix(), false, cursor, PAGE);
            work.accept(withoutArchives(page.objects().stream()
                    .filter(object -> !object.key().key().endsWith("/"))
                    .filter(object -> !object.key().key().startsWith(ObjectStore.PROBE_PREFIX))
                    .toList()));
            cursor = page.next();
        } while (cursor != null);
    }

    /** Archives and their indexes stay: they may have the only copy of what is in them. */
    private List<ObjectInfo> withoutArchives(List<ObjectInfo> objects) {
        Map<ObjectInfo, UUID> ids = new HashMap<>();
        for (ObjectInfo object : objects) {
            Matcher matcher = ARCHIVE.matcher(object.key().key());
            if (matcher.matches()) {
                ids.put(object, UUID.fromString(matcher.group(1)));
            }
        }
        if (ids.isEmpty()) {
            return objects;
        }
        Set<UUID> known = archives.known(ids.values());
        return objects.stream()
                .filter(object -> Optional.ofNullable(ids.get(object)).stream().noneMatch(known::contains))
                .toList();
    }

    private List<ObjectInfo> old(List<ObjectInfo> page) {
        return page.stream()
                .filter(object -> object.lastModified().isBefore(oldest))
                .filter(object -> isWanted(below(object)))
                .toList();
    }

    private String below(ObjectInfo object) {
        return object.key().key().substring(source.prefix().length());
    }

    private boolean isWanted(String path) {
        return (include.isEmpty()
                        || include.stream().anyMatch(one -> one.matcher(path).matches()))
                && exclude.stream().noneMatch(one -> one.matcher(path).matches());
    }

    private static void await(List<Future<?>> running) throws JobException, JobStoppedException {
        // All of them, so that nothing goes on after the end of the run.
        ExecutionException first = null;
        for (Future<?> one : running) {
            try {
                one.get();
            } catch (ExecutionException e) {
                first = first == null ? e : first;
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                running.forEach(other -> other.cancel(false));
                throw JobException.temporary("the run was interrupted", e);
            }
        }
        if (first != null) {
            switch (first.getCause()) {
                case JobException e -> throw e;
                case JobStoppedException e -> throw e;
                case null, default -> throw new IllegalStateException(first.getCause());
            }
        }
    }

    /** Deletes or moves a file, unless it is another version by now. */
    private void handle(ObjectInfo object) throws JobException, JobStoppedException {
        run.throwIfStopped();
        String name = object.key().key();
        if (!isPath(name)) {
            tally.invalid(name);
            return;
        }
        try {
            VirtualPath file = path(object.key().bucket(), name);
            FileVersion version = FileVersion.of(object);
            if (target == null) {
                files.delete(file, version);
            } else {
                move(object, file, version, target);
            }
            tally.done(object.size());
        } catch (VfsException e) {
            switch (e.failure()) {
                // The next run looks at them again.
                case CONFLICT, IS_A_DIRECTORY, BUSY -> tally.changed();
                case NOT_FOUND -> notFound(object, e);
                case UNAVAILABLE -> throw JobException.temporary(String.valueOf(e.getMessage()), e);
                default -> tally.failed(name, String.valueOf(e.getMessage()));
            }
        }
    }

    /** Either the version is gone, or the folder that it was to be moved to. */
    private void notFound(ObjectInfo object, VfsException failure) throws JobException {
        String name = object.key().key();
        boolean isGone;
        try {
            isGone = store.head(object.key())
                    .filter(there -> FileVersion.of(there).equals(FileVersion.of(object)))
                    .isEmpty();
        } catch (StoreException e) {
            throw JobException.of(e, name + ": " + e.getMessage());
        }
        if (isGone) {
            tally.changed();
        } else {
            tally.failed(name, String.valueOf(failure.getMessage()));
        }
    }

    private static boolean isPath(String key) {
        return key.chars().noneMatch(Character::isISOControl)
                && Arrays.stream(key.split("/", -1)).allMatch(VirtualPath::isProperName);
    }

    private static VirtualPath path(String bucket, String key) throws VfsException {
        VirtualPath path = VirtualPath.ROOT.child(bucket);
        for (String segment : key.split("/", -1)) {
            if (!VirtualPath.isProperName(segment) || segment.chars().anyMatch(Character::isISOControl)) {
                throw new VfsException(
                        Failure.NAME_INVALID, path, "'" + key + "' has a segment that cannot be the name of a file.");
            }
            path = path.child(segment);
        }
        return path;
    }

    private void move(ObjectInfo object, VirtualPath file, FileVersion version, RetentionPlace place)
            throws VfsException {
        String expanded = key.expand(new KeyValues(
                below(object),
                settings.name(),
                settings.target().account(),
                run.job().id(),
                object.lastModified()));
        String moved = place.prefix() + expanded;
        if (source.contains(place.bucket(), moved)) {
            throw new VfsException(
                    Failure.NAME_INVALID, file, "It would be moved to " + moved + ", which lies within the source.");
        }
        VirtualPath to = path(place.bucket(), moved);
        folders.create(to.parent());
        try {
            files.rename(file, to, RenameMode.KEEP_TARGET, version);
        } catch (VfsException e) {
            // An earlier run was killed after it had copied the file.
            if (e.failure() != Failure.ALREADY_EXISTS || !isCopy(file, to, object.size())) {
                throw e;
            }
            files.delete(file, version);
        }
    }

    private boolean isCopy(VirtualPath file, VirtualPath to, long size) throws VfsException {
        FileEntry there = files.stat(to);
        return !there.directory() && there.size() == size && Arrays.equals(digest(file, size), digest(to, size));
    }

    private byte[] digest(VirtualPath file, long size) throws VfsException {
        return files.checksum(file, DigestAlgorithm.SHA256, 0, size, () -> false);
    }
}
