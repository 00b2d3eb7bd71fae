package dev.slipway.ingest.archive;

import dev.slipway.core.VfsException;
import dev.slipway.core.VirtualPath;
import dev.slipway.core.archive.Archive;
import dev.slipway.core.archive.ArchiveMember;
import dev.slipway.core.archive.ArchivedObject;
import dev.slipway.core.state.ArchiveTable;
import dev.slipway.core.state.AttributeTable;
import dev.slipway.core.state.StateDatabase;
import dev.slipway.core.store.ObjectInfo;
import dev.slipway.core.store.ObjectKey;
import dev.slipway.core.store.ObjectStore;
import dev.slipway.core.store.ReadReservations;
import dev.slipway.core.vfs.VirtualFileSystem;
import dev.slipway.transfer.job.JobException;
import dev.slipway.transfer.job.JobRun;
import dev.slipway.transfer.job.JobStoppedException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;

/**
 * One run: makes archives of the files of each folder.
 *
 * <p>An archive is stored, verified, described by its index object, and recorded in the state database, in this order;
 * then its manifest is delivered, and its originals are deleted. The checkpoint has its id. After a crash, an archive
 * without an index object was not verified: it is removed, and its files are archived again. One with an index object is
 * finished.
 */
final class ArchiveRun {
    /** How often an archive is begun again because files have changed. */
    private static final int TRIES = 5;

    /** How many archives of one file are looked for. */
    private static final int MOST_ARCHIVES = 100;

    /** In bytes; https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-keys.html. */
    private static final int LONGEST_KEY = 1024;

    private static final UUID ANY_ID = new UUID(0, 0);

    private final ArchiveSettings settings;
    private final Place place;
    private final Parts parts;
    private final JobRun run;
    private final boolean all;
    private final Instant now;
    private final ArchiveUploads uploads;
    private final FileSource source;
    private final RunProblems problems;
    private final ManifestDelivery manifests;

    /** Whether archives are in the store, as far as this run has asked. */
    private final Map<UUID, Boolean> stored = new HashMap<>();

    /** Archives whose manifests could not be delivered. Once there is one, earlier archives are not tried: it may take long. */
    private final Set<UUID> waiting = new HashSet<>();

    private ArchiveProgress progress;

    /**
     * What all runs share.
     *
     * @param reads of the same store
     */
    record Parts(
            StateDatabase database,
            ObjectStore store,
            ReadReservations reads,
            ArchiveTable table,
            AttributeTable attributes,
            Manifests manifests) {}

    /**
     * Where a run works.
     *
     * @param source the bucket of the files; empty if they are in no bucket
     * @param target the bucket of the archives
     * @param files the target's beginning, as the task's account sees it
     * @param account of the task
     */
    record Place(String source, String target, VirtualFileSystem files, String account) {}

    /**
     * Of a job.
     *
     * @param all whether files are put into archives that need not wait for others
     * @param problems gets those of this run
     */
    ArchiveRun(
            ArchiveSettings settings,
            Place place,
            FileSource source,
            Parts parts,
            JobRun run,
            boolean all,
            Instant now,
            RunProblems problems) {
        this.settings = settings;
        this.place = place;
        this.parts = parts;
        this.run = run;
        this.all = all;
        this.now = now;
        this.source = source;
        this.problems = problems;
        this.uploads = new ArchiveUploads(settings, place, source, run);
        this.manifests = parts.manifests().delivery(run);
        this.progress = ArchiveProgress.of(run);
    }

    ArchiveProgress progress() {
        return progress;
    }

    /** Makes all archives that can be made. Blocks for the store and the database. */
    ArchiveProgress run() throws IOException, JobException, JobStoppedException {
        finishEarlier();
        source.check();
        new FolderWalk(source, this::enter, run, problems).walk(source.beginning());
        return progress;
    }

    /** Of an archive that an earlier attempt has begun, finishes what is verified, and removes the rest. */
    void finishEarlier() throws IOException, JobException, JobStoppedException {
        String id = progress.id();
        if (id == null) {
            return;
        }
        UUID archive = UUID.fromString(id);
        Optional<ObjectInfo> index = parts.store().head(indexKey(archive, progress.folder()));
        if (index.isPresent()) {
            ObjectKey key = key(archive, progress.folder());
            ObjectInfo stored = parts.store()
                    .head(key)
                    .orElseThrow(() -> JobException.permanent(key + " is gone, and its index object is there"));
            finish(archive, stored, ArchiveIndex.read(parts.store(), index.get(), place.account()));
        } else {
            discardUnverified();
        }
    }

    /** Removes an archive that was not verified. Nothing refers to it, and its originals are there. */
    void discardUnverified() throws IOException, JobException {
        String id = progress.id();
        if (id != null) {
            UUID archive = UUID.fromString(id);
            if (parts.store().head(indexKey(archive, progress.folder())).isEmpty()) {
                parts.store().delete(List.of(key(archive, progress.folder())));
                save(progress.giveUp());
            }
        }
    }

    private void save(ArchiveProgress next) throws JobException {
        run.save(ArchiveJson.write(next));
        progress = next;
    }

    /**
     * Makes archives of the files of one folder, unless it is left alone.
     *
     * @return whether its subfolders are to be entered
     */
    private boolean enter(String folder) throws IOException, JobException, JobStoppedException {
        if (isTarget(folder)) {
            return false;
        }
        String longest = indexKey(ANY_ID, relative(folder)).key();
        if (longest.getBytes(StandardCharsets.UTF_8).length > LONGEST_KEY) {
            problems.add(
                    folder + ": the folder is left alone, since the keys of its archives would be too long for S3");
            return false;
        }
        return archive(folder);
    }

    private boolean isTarget(String folder) {
        return place.source().equals(place.target())
                && !settings.target().beginning().isEmpty()
                && folder.startsWith(settings.target().beginning());
    }

    /**
     * Makes archives of the files of one folder.
     *
     * @return whether it has subfolders
     */
    private boolean archive(String folder) throws IOException, JobException, JobStoppedException {
        boolean hasFolders = false;
        FileGroup group = new FileGroup(settings);
        try (FileSource.Listing listing = source.list(folder, false)) {
            run.progress("listing", 0, -1);
            for (FileSource.Page page = listing.next(); page != null; page = listing.next()) {
                run.throwIfStopped();
                hasFolders |= !page.folders().isEmpty();
                for (ObjectInfo file : wanted(folder, page.files())) {
                    for (List<ObjectInfo> full : group.add(file)) {
                        make(folder, full);
                    }
                }
            }
        }
        if (!group.isEmpty() && (all || !group.oldest().isAfter(now.minus(settings.maxAge())))) {
            make(folder, group.take());
        }
        return hasFolders;
    }

    /** Files, without those that are in an archive already: they were to be kept, or were not deleted after all. */
    private List<ObjectInfo> wanted(String folder, List<ObjectInfo> objects)
            throws IOException, JobException, JobStoppedException {
        List<ObjectInfo> files = objects.stream()
                .filter(object -> !object.key().key().endsWith("/"))
                .toList();
        if (files.isEmpty()) {
            return files;
        }
        if (!isPath(relative(folder))) {
            problems.add(folder + ": a folder whose name is empty, '.', '..' or has control characters is left alone");
            return List.of();
        }
        Set<ObjectKey> archived = source.archived(files);
        List<ObjectInfo> wanted = new ArrayList<>();
        List<ObjectInfo> leftovers = new ArrayList<>();
        boolean deletes = settings.originals() == ArchiveSettings.Originals.DELETE;
        for (ObjectInfo file : files) {
            if (!archived.contains(file.key())) {
                wanted.add(file);
            } else if (deletes) {
                List<Archive> archives = archives(file);
                if (archives.isEmpty()) {
                    wanted.add(file);
                } else if (isAnyManifestSafe(archives)) {
                    leftovers.add(file);
                }
            }
        }
        if (!leftovers.isEmpty()) {
            source.delete(leftovers);
        }
        return wanted;
    }

    /** The archives of this version of a file that the store still has: somebody may have deleted one. */
    private List<Archive> archives(ObjectInfo file) throws IOException {
        List<Archive> archives = new ArrayList<>();
        for (ArchivedObject archived : parts.table().all(file.key(), MOST_ARCHIVES)) {
            if (archived.member().version().equals(file.version()) && isStored(archived.archive())) {
                archives.add(archived.archive());
            }
        }
        return archives;
    }

    /** Whether the server or the fallback bucket has the manifest of one of some archives; tries to have it so. */
    private boolean isAnyManifestSafe(List<Archive> archives) throws JobStoppedException {
        for (Archive archive : archives) {
            if (waiting.contains(archive.id())) {
                continue;
            }
            boolean isSafe = waiting.isEmpty()
                    ? manifests.deliver(archive, () -> new RecordedMembers(parts.table(), archive.id()))
                    : manifests.isSafe(archive.id());
            if (isSafe) {
                return true;
            }
            if (waiting.isEmpty()) {
                // One is enough to say: there may be many.
                reportWaiting(archive.id());
            }
            waiting.add(archive.id());
        }
        return false;
    }

    private void reportWaiting(UUID archive) {
        problems.add("the manifest of archive " + archive + " waits, and so its originals are not deleted; see"
                + " slipway archive manifests list");
    }

    private boolean isStored(Archive archive) throws IOException {
        Boolean known = stored.get(archive.id());
        if (known == null) {
            known = parts.store()
                    .head(archive.key())
                    .filter(object -> object.etag().equals(archive.etag()))
                    .isPresent();
            stored.put(archive.id(), known);
        }
        return known;
    }

    /** Makes one archive; without files that change meanwhile. */
    private void make(String folder, List<ObjectInfo> files) throws IOException, JobException, JobStoppedException {
        List<ObjectInfo> left = new ArrayList<>(files);
        Map<ObjectKey, Instant> times = source.times(left);
        for (int attempt = 0; attempt < TRIES && !left.isEmpty(); attempt++) {
            UUID id = UUID.randomUUID();
            save(progress.begin(id.toString(), place.target(), relative(folder)));
            try {
                List<ArchiveMember> members =
                        uploads.storeArchive(path(id, settings.format().extension()), left, times);
                ObjectKey key = key(id, progress.folder());
                ObjectInfo archive = parts.store()
                        .head(key)
                        .orElseThrow(() -> JobException.temporary(key + " was stored, and is gone"));
                verify(archive, members);
                uploads.storeIndex(path(id, ArchiveIndex.EXTENSION), id, key, members);
                finish(id, archive, members);
                return;
            } catch (LeftOutException e) {
                left.removeIf(file -> file.key().equals(e.key()));
                if (!e.isChanged()) {
                    problems.add(e.key() + " cannot be read: " + e.getMessage());
                }
            }
        }
        // What changes that often is left for the next run.
        save(progress.giveUp());
    }

    private void verify(ObjectInfo archive, List<ArchiveMember> members)
            throws IOException, JobException, JobStoppedException {
        run.progress("verifying", 0, archive.size(), 0, members.size());
        try {
            ArchiveVerification.verify(
                    parts.store(),
                    archive,
                    settings.format().format(),
                    members.iterator(),
                    place.account(),
                    () -> Stop.check(run));
        } catch (Stop e) {
            throw e.reason();
        } catch (ArchiveVerification.DamagedArchiveException e) {
            discardUnverified();
            throw JobException.temporary("an archive was stored wrong, and is removed: " + e.getMessage(), e);
        }
    }

    /** Carries the end of a run through methods that know no jobs. */
    private static final class Stop extends IOException {
        private static final long serialVersionUID = 1L;

        private final JobStoppedException reason;

        Stop(JobStoppedException reason) {
            this.reason = reason;
        }

        JobStoppedException reason() {
            return reason;
        }

        static void check(JobRun run) throws Stop {
            try {
                run.throwIfStopped();
            } catch (JobStoppedException e) {
                throw new Stop(e);
            }
        }
    }

    /** Records a verified archive with an index, and deletes its originals. May be repeated. */
    private void finish(UUID id, ObjectInfo archive, List<ArchiveMember> members)
            throws IOException, JobException, JobStoppedException {
        run.progress("recording", 0, -1);
        Archive made = new Archive(
                id,
                settings.name(),
                archive.key(),
                archive.etag(),
                settings.format().format(),
                members.size(),
                archive.size(),
                archive.lastModified());
        boolean _ = parts.database().inTransaction(handle -> {
            boolean isNew = parts.table().insert(handle, made, members);
            if (isNew) {
                parts.manifests().record(handle, made);
            }
            return isNew;
        });
        if (!progress.deleting()) {
            // Somebody may have deleted or replaced a file since it was read: its path must not show it again.
            source.hideChanged(members);
            save(progress.delete());
        }
        if (!manifests.deliver(made, members)) {
            waiting.add(id);
            reportWaiting(id);
        } else if (settings.originals() == ArchiveSettings.Originals.DELETE) {
            source.deleteMembers(members);
        }
        save(progress.finish(
                members.size(), members.stream().mapToLong(ArchiveMember::size).sum()));
    }

    private String relative(String folder) {
        return folder.substring(source.beginning().length());
    }

    private static boolean isPath(String folder) {
        if (folder.isEmpty()) {
            return true;
        }
        for (String name : folder.substring(0, folder.length() - 1).split("/", -1)) {
            if (!VirtualPath.isProperName(name) || name.chars().anyMatch(Character::isISOControl)) {
                return false;
            }
        }
        return true;
    }

    private VirtualPath path(UUID id, String extension) throws VfsException {
        return VirtualPath.parse("/" + progress.folder() + id + extension);
    }

    private ObjectKey key(UUID id, String folder) {
        return new ObjectKey(
                place.target(),
                settings.target().beginning() + folder + id + settings.format().extension());
    }

    private ObjectKey indexKey(UUID id, String folder) {
        return new ObjectKey(place.target(), settings.target().beginning() + folder + id + ArchiveIndex.EXTENSION);
    }
}
