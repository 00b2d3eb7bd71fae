package dev.slipway.core.vfs;

import dev.slipway.core.DigestAlgorithm;
import dev.slipway.core.Failure;
import dev.slipway.core.VfsException;
import dev.slipway.core.VirtualPath;
import dev.slipway.core.account.Account;
import dev.slipway.core.account.AccountLimits;
import dev.slipway.core.account.Permission;
import dev.slipway.core.account.ResumePolicy;
import dev.slipway.core.quota.QuotaException;
import dev.slipway.core.quota.Quotas;
import dev.slipway.core.state.RenameTable;
import dev.slipway.core.state.StateException;
import dev.slipway.core.store.BaseVersion;
import dev.slipway.core.store.InterruptedUpload;
import dev.slipway.core.store.ObjectAttributes;
import dev.slipway.core.store.ObjectInfo;
import dev.slipway.core.store.ObjectKey;
import dev.slipway.core.store.ObjectPage;
import dev.slipway.core.store.ObjectReader;
import dev.slipway.core.store.ObjectStore;
import dev.slipway.core.store.ObjectWriter;
import dev.slipway.core.store.StoreException;
import dev.slipway.core.store.UploadOwner;
import dev.slipway.core.store.WriteCondition;
import dev.slipway.core.vfs.DirectoryMarkers.Departure;
import dev.slipway.core.vfs.Mounts.ObjectLocation;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The files of one account, as it is at one moment, on an object store.
 *
 * <p>A file is an object. A directory exists while it has a marker (an empty object whose key ends with a slash) or a
 * child. Where keys that others wrote give a file and a directory one name, the file is shown and the directory hidden.
 */
final class ObjectFileSystem implements VirtualFileSystem {
    private static final Logger log = LoggerFactory.getLogger(ObjectFileSystem.class);

    /** Long enough for a large rename in the same place to end; then the client is told to try again. */
    private static final Duration LOCK_WAIT = Duration.ofSeconds(60);

    /** Long enough for a small directory to be renamed; a client that only asked is told sooner of a large one. */
    private static final Duration SHORT_WAIT = Duration.ofSeconds(5);

    /** How many names behind an upload's own are worth a look: about what a store lists as fast as one. */
    private static final int NEIGHBOURS = 200;

    /** How many names a directory may have to be listed as a whole, while many uploads come to it. */
    private static final int WHOLE_DIRECTORY = 1000;

    private final ObjectFileSystems shared;
    private final ObjectStore store;
    private final Account account;
    private final Mounts mounts;
    private final LiveFileSystem login;

    /** @param login where transfers and listings that go on for a while find the account of a later moment */
    ObjectFileSystem(ObjectFileSystems shared, Account account, LiveFileSystem login) {
        this.shared = shared;
        this.store = shared.store;
        this.account = account;
        this.mounts = new Mounts(account.mounts());
        this.login = login;
    }

    Account account() {
        return account;
    }

    /** What is at a place. */
    sealed interface LookupResult {
        /** A file. */
        record File(ObjectInfo object) implements LookupResult {}

        /** A directory. */
        record Directory() implements LookupResult {}

        /** Nothing. */
        record Nothing() implements LookupResult {}
    }

    @Override
    public FileEntry stat(VirtualPath path) throws VfsException {
        return reporting(path, () -> {
            Optional<ObjectLocation> location = mounts.find(path);
            if (location.isEmpty()) {
                if (mounts.anyBelow(path) || path.isRoot()) {
                    return new FileEntry(path, true, 0, Instant.EPOCH, false);
                }
                throw notFound(path);
            }
            shared.renames.requireWhole(location.get(), account.name());
            Optional<InterruptedUpload> interrupted =
                    interrupted(location.get()).or(() -> stalled(location.get()).map(ObjectUpload::asInterrupted));
            return switch (find(location.get())) {
                case LookupResult.Directory _ -> directoryEntry(location.get());
                case LookupResult.File file -> {
                    if (interrupted.isPresent()) {
                        yield entry(location.get(), interrupted.get());
                    }
                    if (!may(Permission.LIST) && !may(Permission.READ)) {
                        throw denied(path, "This account may not see files.");
                    }
                    yield entry(location.get(), file.object());
                }
                case LookupResult.Nothing _ -> {
                    if (interrupted.isEmpty() || !isSeenAlone(interrupted.get())) {
                        throw notFound(path);
                    }
                    yield entry(location.get(), interrupted.get());
                }
            };
        });
    }

    /** The upload of a file that was cut off, and that this account can go on with. */
    private Optional<InterruptedUpload> interrupted(ObjectLocation location) throws VfsException, StoreException {
        if (account.resume() == ResumePolicy.OFF || location.isMountRoot()) {
            return Optional.empty();
        }
        shared.unsettled.await(location.path(), location.file(), account.name());
        return store.interrupted(location.file(), account.name());
    }

    /** An upload of this account whose client is silent: likely it is the one that asks, over another connection. */
    private Optional<ObjectUpload> stalled(ObjectLocation location) {
        return account.resume() == ResumePolicy.OFF || location.isMountRoot()
                ? Optional.empty()
                : shared.unsettled.stalled(location.file(), account.name());
    }

    /** Where there is no file, an upload of which the store has nothing looks as if it had never begun. */
    private static boolean isSeenAlone(InterruptedUpload upload) {
        return upload.bytes() > 0;
    }

    /** A directory that was made meanwhile, by another account for instance, hides it. */
    private static boolean isSeen(InterruptedUpload upload, LookupResult found) {
        return switch (found) {
            case LookupResult.File _ -> true;
            case LookupResult.Nothing _ -> isSeenAlone(upload);
            case LookupResult.Directory _ -> false;
        };
    }

    FileEntry entry(ObjectLocation location, InterruptedUpload upload) {
        return new FileEntry(location.path(), false, upload.bytes(), upload.since(), isWritable(location), true);
    }

    /** The uploads of this account in a directory that were cut off, by name, if it wants to see them in listings. */
    Map<String, InterruptedUpload> interruptedIn(ObjectLocation directory) throws StoreException {
        Map<String, InterruptedUpload> uploads = new LinkedHashMap<>();
        if (account.resume() == ResumePolicy.LISTED) {
            String prefix = directory.prefix();
            for (InterruptedUpload upload :
                    store.interruptedBelow(directory.mount().bucket(), prefix, account.name())) {
                String name = upload.key().key().substring(prefix.length());
                if (VirtualPath.isProperName(name)) {
                    uploads.put(name, upload);
                }
            }
        }
        return uploads;
    }

    /** For what cannot be done with a file of which an upload was cut off, or whose directory is half renamed. */
    private void requireWhole(ObjectLocation location) throws VfsException, StoreException {
        shared.renames.requireWhole(location, account.name());
        Optional<InterruptedUpload> interrupted = interrupted(location);
        if (interrupted.isPresent() && isSeen(interrupted.get(), find(location))) {
            throw new VfsException(
                    Failure.BUSY,
                    location.path(),
                    "This is an interrupted upload of " + interrupted.get().bytes()
                            + " bytes: resume it, send the file again, or delete it.");
        }
    }

    private FileEntry entry(ObjectLocation location, ObjectInfo object) {
        Instant modified = shared.attributes.modified(object).orElse(object.lastModified());
        return new FileEntry(location.path(), false, object.size(), modified, isWritable(location));
    }

    private FileEntry directoryEntry(ObjectLocation location) {
        Instant modified = Instant.EPOCH;
        if (!location.isMountRoot()) {
            ObjectKey marker = location.marker();
            modified = shared.attributes.modifiedDirectories(List.of(marker)).getOrDefault(marker, Instant.EPOCH);
        }
        return new FileEntry(location.path(), true, 0, modified, isWritable(location));
    }

    boolean isWritable(ObjectLocation location) {
        return !location.mount().readOnly() && may(Permission.WRITE);
    }

    private LookupResult find(ObjectLocation location) throws StoreException {
        if (location.isMountRoot() || mounts.anyBelow(location.path())) {
            return new LookupResult.Directory();
        }
        Optional<ObjectInfo> object = store.head(location.file());
        if (object.isPresent()) {
            return new LookupResult.File(object.get());
        }
        return isDirectory(location) ? new LookupResult.Directory() : new LookupResult.Nothing();
    }

    /** Like {@link #isDirectory}, where the answer of a moment ago is good enough. */
    private boolean isKnownDirectory(VirtualPath path, KnownDirectories.Moment moment)
            throws VfsException, StoreException {
        ObjectLocation location = location(path);
        if (location.isMountRoot() || mounts.anyBelow(path) || shared.directories.contains(location.marker())) {
            return true;
        }
        boolean directory = isDirectory(location);
        if (directory) {
            shared.directories.add(location.marker(), moment);
        }
        return directory;
    }

    /**
     * Like {@link #isDirectory}, where the answer of a moment ago is good enough. Its neighbours' names are asked for with
     * it, so that the many small files that a client uploads one after the other take one request each, and not two.
     */
    private boolean hasDirectory(ObjectLocation location, KnownDirectories.Moment moment)
            throws VfsException, StoreException {
        if (mounts.anyBelow(location.path())) {
            return true;
        }
        String bucket = location.mount().bucket();
        var parent = new KnownDirectories.Parent(
                bucket, location(location.path().parent()).prefix());
        Optional<Boolean> known = shared.directories.isDirectory(parent, location.marker());
        if (known.isPresent()) {
            return known.get();
        }
        KnownDirectories.Question question = shared.directories.question(parent, location.file());
        if (question != KnownDirectories.Question.NAME) {
            ObjectPage page = neighbours(question, parent, location.file());
            shared.directories.add(parent, location.file(), question, page, moment);
            if (page.next() == null) {
                return page.prefixes().contains(location.marker().key());
            }
        }
        return isDirectory(location);
    }

    private ObjectPage neighbours(KnownDirectories.Question question, KnownDirectories.Parent parent, ObjectKey file)
            throws StoreException {
        if (question == KnownDirectories.Question.BEHIND) {
            return store.listAfter(file, parent.prefix(), NEIGHBOURS);
        }
        // Nothing comes before a directory's own marker.
        return parent.prefix().isEmpty()
                ? store.list(parent.bucket(), "", true, null, WHOLE_DIRECTORY)
                : store.listAfter(new ObjectKey(parent.bucket(), parent.prefix()), parent.prefix(), WHOLE_DIRECTORY);
    }

    private boolean isDirectory(ObjectLocation location) throws StoreException {
        if (location.isMountRoot() || mounts.anyBelow(location.path())) {
            return true;
        }
        ObjectPage page = store.list(location.mount().bucket(), location.prefix(), false, null, 1);
        return !page.objects().isEmpty();
    }

    @Override
    public EntryCursor list(VirtualPath directory) throws VfsException {
        return reporting(directory, () -> {
            require(Permission.LIST, directory, "This account may not list directories.");
            Optional<ObjectLocation> location = mounts.find(directory);
            if (location.isEmpty()) {
                if (!mounts.anyBelow(directory) && !directory.isRoot()) {
                    throw notFound(directory);
                }
                return new ObjectEntryCursor(this, shared, directory, mounts.namesIn(directory));
            }
            shared.renames.requireWhole(location.get(), account.name());
            ObjectEntryCursor cursor = new ObjectEntryCursor(this, shared, location.get(), mounts.namesIn(directory));
            if (!cursor.fetchFirst() && !location.get().isMountRoot() && !mounts.anyBelow(directory)) {
                throw switch (find(location.get())) {
                    case LookupResult.File file -> notADirectory(directory);
                    case LookupResult.Directory _ ->
                        new VfsException(
                                Failure.CONFLICT, directory, "The directory changed while it was listed; try again.");
                    case LookupResult.Nothing _ -> notFound(directory);
                };
            }
            return cursor;
        });
    }

    @Override
    public FileDownload open(VirtualPath file, long offset) throws VfsException {
        return reporting(file, () -> {
            require(Permission.READ, file, "This account may not download.");
            ObjectLocation location = location(file);
            if (location.isMountRoot() || mounts.anyBelow(file)) {
                throw isADirectory(file);
            }
            requireWhole(location);
            Optional<ObjectReader> reader;
            try {
                reader = store.open(location.file(), offset, account.name());
            } catch (StoreException e) {
                if (e.failure() != Failure.BUSY) {
                    throw e;
                }
                return openLater(location);
            }
            if (reader.isEmpty()) {
                throw isDirectory(location) ? isADirectory(file) : notFound(file);
            }
            try {
                ObjectInfo version = reader.get().info();
                return new ObjectDownload(this, shared, location, entry(location, version), version, reader.get());
            } catch (RuntimeException e) {
                reader.get().close();
                throw e;
            }
        });
    }

    /** Opens a file for which there is no memory before it is read: its client waits then, and not here. */
    private FileDownload openLater(ObjectLocation location) throws VfsException, StoreException {
        return switch (find(location)) {
            case LookupResult.File found ->
                new ObjectDownload(this, shared, location, entry(location, found.object()), found.object(), null);
            case LookupResult.Directory _ -> throw isADirectory(location.path());
            case LookupResult.Nothing _ -> throw notFound(location.path());
        };
    }

    @Override
    public byte[] checksum(
            VirtualPath file,
            DigestAlgorithm algorithm,
            long offset,
            long length,
            long block,
            BooleanSupplier cancelled)
            throws VfsException {
        return reporting(file, () -> {
            require(Permission.READ, file, "This account may not read files.");
            ObjectLocation location = location(file);
            requireWhole(location);
            ObjectInfo version = switch (find(location)) {
                case LookupResult.File found -> found.object();
                case LookupResult.Directory _ -> throw isADirectory(file);
                case LookupResult.Nothing _ -> throw notFound(file);
            };
            return shared.checksums.of(
                    this, location, version, new Checksums.Wanted(algorithm, offset, length, block, cancelled));
        });
    }

    @Override
    public FileUpload create(VirtualPath file, CreateMode mode, boolean mayWait, boolean resumable)
            throws VfsException {
        return reporting(file, () -> {
            require(Permission.WRITE, file, "This account may not upload.");
            ObjectLocation location = changeable(file);
            Optional<InterruptedUpload> interrupted = interrupted(location);
            if (mode == CreateMode.NEW && interrupted.isPresent() && isSeenAlone(interrupted.get())) {
                throw alreadyExists(file);
            }
            KnownDirectories.Moment moment = checkedForUpload(location, mode);
            UploadOwner owner = new UploadOwner(
                    account.name(), resumable && account.resume() != ResumePolicy.OFF, mode == CreateMode.NEW);
            ObjectWriter writer = store.write(
                    location.file(), ObjectAttributes.NONE, owner, mayWait ? shared.admissionWait : Duration.ZERO);
            boolean begun = false;
            try {
                interrupted.ifPresent(store::discard);
                begun = true;
            } finally {
                if (!begun) {
                    writer.close();
                }
            }
            return new CopyableUpload(new ObjectUpload(this, shared, location, mode, writer, owner, moment), mode);
        });
    }

    @Override
    public FileUpload resume(VirtualPath file, long offset, boolean mayWait) throws VfsException {
        return reporting(file, () -> {
            require(Permission.WRITE, file, "This account may not upload.");
            ObjectLocation location = changeable(file);
            stalled(location).ifPresent(ObjectUpload::close);
            InterruptedUpload interrupted = interrupted(location)
                    .orElseThrow(() -> new VfsException(
                            Failure.UNSUPPORTED,
                            file,
                            "There is no interrupted upload of this file to resume; send all of it. The existing file"
                                    + " stays."));
            requireBase(location, interrupted);
            CreateMode mode = interrupted.owner().exclusive() ? CreateMode.NEW : CreateMode.REPLACE;
            KnownDirectories.Moment moment = checkedForUpload(location, mode);
            ObjectWriter writer;
            try {
                writer = store.resume(
                        interrupted,
                        offset == AT_END ? interrupted.bytes() : offset,
                        mayWait ? shared.admissionWait : Duration.ZERO);
            } catch (StoreException e) {
                if (e.failure() == Failure.UNSUPPORTED) {
                    throw new VfsException(
                            Failure.UNSUPPORTED,
                            file,
                            "The upload can resume at byte " + interrupted.bytes() + ", not at " + offset + ".",
                            e);
                }
                throw e;
            }
            ObjectUpload upload = new ObjectUpload(this, shared, location, mode, writer, interrupted.owner(), moment);
            if (interrupted.modified() != null) {
                upload.setModified(interrupted.modified());
            }
            return upload;
        });
    }

    /** What was added to a version that is not there any more is of no use. */
    private void requireBase(ObjectLocation location, InterruptedUpload interrupted)
            throws VfsException, StoreException {
        BaseVersion base = interrupted.owner().base();
        if (base != null && !store.head(location.file()).map(ObjectInfo::etag).equals(Optional.of(base.etag()))) {
            store.discard(interrupted);
            throw new VfsException(
                    Failure.CONFLICT,
                    location.path(),
                    "The file was changed by somebody else since the upload was interrupted; check it, and start over.");
        }
    }

    @Override
    public FileUpload change(VirtualPath file, long offset, boolean mayWait, boolean resumable) throws VfsException {
        return reporting(file, () -> {
            require(Permission.WRITE, file, "This account may not upload.");
            ObjectLocation location = changeable(file);
            requireWhole(location);
            KnownDirectories.Moment moment = shared.directories.now();
            ObjectInfo version = switch (find(location)) {
                case LookupResult.File found -> found.object();
                case LookupResult.Directory _ -> throw isADirectory(file);
                case LookupResult.Nothing _ -> throw notFound(file);
            };
            require(Permission.OVERWRITE, file, "This account may not change existing files.");
            if (version.etag().isEmpty()) {
                throw new VfsException(
                        Failure.UNSUPPORTED,
                        file,
                        "The store has no ETags, so files cannot be changed in place; send all of it.");
            }
            if (offset > version.size()) {
                throw new VfsException(
                        Failure.UNSUPPORTED,
                        file,
                        "The file has only " + version.size() + " bytes; cannot write at " + offset + ".");
            }
            UploadOwner owner = new UploadOwner(
                    account.name(),
                    resumable && account.resume() != ResumePolicy.OFF,
                    false,
                    new BaseVersion(version.etag(), version.size()));
            ObjectWriter writer = store.change(version, owner, mayWait ? shared.admissionWait : Duration.ZERO);
            ObjectUpload upload = new ObjectUpload(this, shared, location, CreateMode.REPLACE, writer, owner, moment);
            if (offset != ANYWHERE) {
                upload.startAt(offset == AT_END ? version.size() : offset);
            }
            return upload;
        });
    }

    /**
     * Refuses what cannot be uploaded.
     *
     * @return when it was seen that the file's directory exists, and that none has the file's name
     */
    private KnownDirectories.Moment checkedForUpload(ObjectLocation location, CreateMode mode)
            throws VfsException, StoreException {
        VirtualPath file = location.path();
        shared.renames.requireNone(file, List.of(location.file()), account.name(), SHORT_WAIT);
        KnownDirectories.Moment moment = shared.directories.now();
        Future<Boolean> parent = start(() -> isKnownDirectory(file.parent(), moment));
        if (mode == CreateMode.REPLACE && may(Permission.OVERWRITE)) {
            // Whether there is a file already makes no difference.
            if (hasDirectory(location, moment)) {
                throw isADirectory(file);
            }
        } else {
            Future<Boolean> clash = start(() -> isDirectory(location));
            if (store.head(location.file()).isPresent()) {
                if (mode == CreateMode.NEW) {
                    throw alreadyExists(file);
                }
                throw denied(file, "This account may not replace files.");
            }
            if (result(clash)) {
                throw isADirectory(file);
            }
        }
        if (!result(parent)) {
            throw parentMissing(file.parent());
        }
        return moment;
    }

    /** Why a directory that is needed is not there: it is a file, or nothing at all. */
    private VfsException parentMissing(VirtualPath directory) throws VfsException, StoreException {
        for (VirtualPath path = directory; !path.isRoot(); path = path.parent()) {
            Optional<ObjectLocation> location = mounts.find(path);
            if (location.isPresent()
                    && !location.get().isMountRoot()
                    && store.head(location.get().file()).isPresent()) {
                return notADirectory(path);
            }
        }
        return new VfsException(Failure.NOT_FOUND, directory, "The directory " + directory + " does not exist.");
    }

    /**
     * Publishes an upload whose parts are all stored, under the path's lock.
     *
     * @param base the version that it must take the place of, or null
     * @param checked when it was seen that the file's directory exists, and that none has the file's name
     * @return the entry that stat now shows
     */
    FileEntry publish(
            ObjectLocation location,
            CreateMode mode,
            @Nullable BaseVersion base,
            ObjectWriter writer,
            Optional<Instant> modified,
            UploadDigests digests,
            KnownDirectories.Moment checked)
            throws VfsException {
        return reporting(location.path(), () -> {
            writer.awaitParts();
            try (PathLocks.Held _ = lockFile(location.path(), location.file())) {
                ObjectFileSystem now = writableNow(location);
                if (!shared.directories.isCurrent(checked)) {
                    VirtualPath parent = location.path().parent();
                    Future<Boolean> parentIsThere = start(() -> isDirectory(location(parent)));
                    if (isDirectory(location)) {
                        throw isADirectory(location.path());
                    }
                    if (!result(parentIsThere)) {
                        throw parentMissing(parent);
                    }
                }
                if (base != null) {
                    now.require(Permission.OVERWRITE, location.path(), "This account may not change existing files.");
                }
                boolean isNew = mode == CreateMode.NEW || !now.may(Permission.OVERWRITE);
                WriteCondition condition = isNew ? WriteCondition.IF_ABSENT : WriteCondition.ALWAYS;
                String etag;
                try {
                    etag = writer.complete(base == null ? condition : new WriteCondition.IfMatch(base.etag()));
                } catch (StoreException e) {
                    if (isNew && e.failure() == Failure.CONFLICT) {
                        throw new VfsException(
                                Failure.ALREADY_EXISTS,
                                location.path(),
                                "The file was created by somebody else meanwhile.",
                                e);
                    }
                    throw e;
                }
                login.stored(location.file(), etag);
                discardOlder(location);
                return published(location, writer.size(), etag, modified, digests.finish(writer.size()));
            }
        });
    }

    /** Of two uploads the one that ends last wins, also over one that was cut off meanwhile. */
    private void discardOlder(ObjectLocation location) {
        try {
            if (account.resume() != ResumePolicy.OFF) {
                store.interrupted(location.file(), account.name()).ifPresent(store::discard);
            }
        } catch (StoreException | RuntimeException e) {
            log.warn("{} is stored, but an interrupted upload of it could not be discarded", location.file(), e);
        }
    }

    /** The file is stored, whatever becomes of its attributes. */
    private FileEntry published(
            ObjectLocation location,
            long size,
            String etag,
            Optional<Instant> modified,
            Map<DigestAlgorithm, byte[]> digests) {
        Instant shown = shared.clock.instant().truncatedTo(ChronoUnit.SECONDS);
        try {
            if (modified.isEmpty()) {
                shared.attributes.remove(List.of(location.file()));
            }
            if (modified.isPresent() || !digests.isEmpty()) {
                Optional<ObjectInfo> stored =
                        store.head(location.file()).filter(present -> etag.isEmpty() || etag.equals(present.etag()));
                if (stored.isPresent()) {
                    if (modified.isPresent()) {
                        shared.attributes.put(stored.get(), modified.get());
                        shown = modified.get();
                    }
                    shared.checksums.keep(stored.get(), digests);
                }
            }
        } catch (StoreException | RuntimeException e) {
            if (!StateException.isCauseOf(e)) {
                log.warn("{} is stored, but its time could not be kept: {}", location.file(), e.toString());
            }
        }
        return new FileEntry(location.path(), false, size, shown, true);
    }

    @Override
    public long largestFile() {
        return store.largestObject();
    }

    @Override
    public Space space(VirtualPath path) throws VfsException {
        FileEntry _ = stat(path);
        return shared.quotas.room(account).map(ObjectFileSystem::space).orElse(Space.UNLIMITED);
    }

    /** What is not limited is shown as where nothing is. */
    private static Space space(Quotas.Room room) {
        Space bytes = room.bytes() == AccountLimits.NONE ? Space.UNLIMITED : new Space(room.bytes(), room.freeBytes());
        return room.files() == AccountLimits.NONE
                ? bytes
                : new Space(bytes.total(), bytes.free(), room.files(), room.freeFiles());
    }

    /**
     * Waits until this account may upload some bytes more.
     *
     * @return how many of them, at least 1
     */
    int awaitUpload(int bytes, BooleanSupplier ended) {
        return shared.bandwidth.awaitUpload(login.transferring(account), bytes, ended);
    }

    /** Likewise for a download. */
    int awaitDownload(int bytes, BooleanSupplier ended) {
        return shared.bandwidth.awaitDownload(login.transferring(account), bytes, ended);
    }

    @Override
    public void rename(VirtualPath from, VirtualPath to, RenameMode mode) throws VfsException {
        changing(from, () -> {
            require(Permission.RENAME, from, "This account may not rename.");
            ObjectLocation source = changeable(from);
            ObjectLocation target = changeable(to);
            if ((to.startsWith(from) && !to.equals(from)) || isBelow(target, source)) {
                throw new VfsException(Failure.NAME_INVALID, to, "A directory cannot be moved into itself.");
            }
            if (mounts.anyBelow(from) || mounts.anyBelow(to)) {
                throw denied(from, "A directory that contains a mount cannot be renamed.");
            }
            shared.renames.run(told -> rename(source, target, mode, told));
        });
    }

    /** @param told completed when the client can be told, at the latest when this ends */
    private void rename(ObjectLocation source, ObjectLocation target, RenameMode mode, CompletableFuture<Void> told)
            throws VfsException, StoreException {
        VirtualPath from = source.path();
        VirtualPath to = target.path();
        try (PathLocks.Held _ = lock(from, source.file(), target.file())) {
            requireWhole(source);
            LookupResult found = find(source);
            if (found instanceof LookupResult.Nothing) {
                throw notFound(from);
            }
            if (source.file().equals(target.file())) {
                // Also by way of two mounts that overlap: a copy of it to itself, and then a delete, would lose it.
                return;
            }
            boolean targetIsThere = checkTarget(found, target, mode);
            if (!isDirectory(location(to.parent()))) {
                throw parentMissing(to.parent());
            }
            switch (found) {
                case LookupResult.File file -> {
                    try (Departure _ = leave(source, source.file(), target)) {
                        new FileRename(shared)
                                .run(
                                        file.object(),
                                        target.file(),
                                        mode == RenameMode.KEEP_TARGET
                                                ? WriteCondition.IF_ABSENT
                                                : WriteCondition.ALWAYS);
                    }
                }
                case LookupResult.Directory _ -> {
                    RenameTable.Entry entry = new RenameTable.Entry(
                            ThreadLocalRandom.current().nextLong(1, Long.MAX_VALUE),
                            source.marker(),
                            target.marker(),
                            targetIsThere,
                            keptParent(source, source.marker(), target),
                            account.name(),
                            from.toString(),
                            to.toString(),
                            RenameTable.Phase.COPYING,
                            shared.clock.instant());
                    try (Renames.DirectoryPlace _ = shared.renames.takePlace(from);
                            Departure _ = leave(source, source.marker(), target)) {
                        new DirectoryRename(shared, shared.renames, entry, from, false).run(told);
                    }
                }
                case LookupResult.Nothing _ -> throw notFound(from);
            }
            if (!told.isCompletedExceptionally()) {
                // The account has put another file there. The rename is done, whatever becomes of this.
                try {
                    interrupted(target).ifPresent(store::discard);
                } catch (VfsException | StoreException | RuntimeException e) {
                    log.warn("an interrupted upload of {} could not be discarded", target.file(), e);
                }
            }
        }
    }

    @Override
    public FileEntry copy(VirtualPath from, VirtualPath to, CreateMode mode) throws VfsException {
        return reporting(from, () -> {
            require(Permission.READ, from, "This account may not read files.");
            ObjectLocation source = location(from);
            requireWhole(source);
            return switch (find(source)) {
                case LookupResult.File found -> copy(source, found.object(), to, mode, null);
                case LookupResult.Directory _ -> throw isADirectory(from);
                case LookupResult.Nothing _ -> throw notFound(from);
            };
        });
    }

    /**
     * Copies a version, which the caller may read.
     *
     * @param modified the time of the copy; null for that of the source
     */
    FileEntry copy(
            ObjectLocation source, ObjectInfo version, VirtualPath to, CreateMode mode, @Nullable Instant modified)
            throws VfsException {
        return reporting(to, () -> {
            require(Permission.WRITE, to, "This account may not upload.");
            ObjectLocation target = changeable(to);
            if (source.file().equals(target.file())) {
                throw new VfsException(Failure.NAME_INVALID, to, "A file cannot be copied onto itself.");
            }
            try (PathLocks.Held _ = lockFile(to, target.file())) {
                switch (find(target)) {
                    case LookupResult.File _ -> {
                        if (mode == CreateMode.NEW) {
                            throw alreadyExists(to);
                        }
                        require(Permission.OVERWRITE, to, "This account may not replace files.");
                    }
                    case LookupResult.Directory _ -> throw isADirectory(to);
                    case LookupResult.Nothing _ -> {
                        if (!isDirectory(location(to.parent()))) {
                            throw parentMissing(to.parent());
                        }
                    }
                }
                boolean isNew = mode == CreateMode.NEW || !may(Permission.OVERWRITE);
                Instant time =
                        modified == null ? entry(source, version).modified() : modified.truncatedTo(ChronoUnit.SECONDS);
                ObjectInfo copy;
                try (Quotas.Reservation _ = shared.quotas.reserve(account, target.file(), version.size())) {
                    copy = store.copy(version, target.file(), isNew ? WriteCondition.IF_ABSENT : WriteCondition.ALWAYS);
                }
                discardOlder(target);
                shared.afterwards(target.file(), () -> {
                    shared.attributes.put(copy, time);
                    shared.attributes.copyDigests(Map.of(version, copy));
                });
                return new FileEntry(to, false, copy.size(), time, true);
            }
        });
    }

    /** The files of this login as its account is now. */
    ObjectFileSystem now(VirtualPath path) throws VfsException {
        return login.now(path);
    }

    /** Whether the keys of one place lie below another's, which paths do not tell where mounts overlap. */
    private static boolean isBelow(ObjectLocation location, ObjectLocation other) {
        return location.mount().bucket().equals(other.mount().bucket())
                && location.file().key().startsWith(other.prefix());
    }

    /** Returns whether the target is there, and may be replaced. */
    private boolean checkTarget(LookupResult source, ObjectLocation target, RenameMode mode)
            throws VfsException, StoreException {
        LookupResult there = find(target);
        if (there instanceof LookupResult.Nothing) {
            return false;
        }
        if (mode == RenameMode.KEEP_TARGET) {
            throw alreadyExists(target.path());
        }
        require(Permission.OVERWRITE, target.path(), "This account may not replace files.");
        if (source instanceof LookupResult.File && there instanceof LookupResult.Directory) {
            throw isADirectory(target.path());
        }
        if (source instanceof LookupResult.Directory) {
            if (there instanceof LookupResult.File) {
                throw notADirectory(target.path());
            }
            if (hasChildren(target)) {
                throw notEmpty(target.path());
            }
        }
        return true;
    }

    private boolean hasChildren(ObjectLocation directory) throws StoreException {
        ObjectPage page = store.list(directory.mount().bucket(), directory.prefix(), false, null, 2);
        return page.objects().stream().anyMatch(object -> !object.key().key().equals(directory.prefix()));
    }

    @Override
    public void delete(VirtualPath file) throws VfsException {
        changing(file, () -> {
            require(Permission.DELETE, file, "This account may not delete.");
            ObjectLocation location = changeable(file);
            try (PathLocks.Held _ = lock(file, location.file())) {
                Optional<InterruptedUpload> interrupted = interrupted(location);
                LookupResult found = find(location);
                // Who deletes what is still being uploaded has given it up, even if there is nothing to be seen of it.
                shared.unsettled.deleted(location.file(), account.name());
                switch (found) {
                    case LookupResult.File _ -> {
                        try (Departure _ = leave(location, location.file(), null)) {
                            store.delete(List.of(location.file()));
                        }
                    }
                    case LookupResult.Directory _ -> throw isADirectory(file);
                    case LookupResult.Nothing _ -> {
                        if (interrupted.isEmpty() || !isSeenAlone(interrupted.get())) {
                            throw notFound(file);
                        }
                    }
                }
                interrupted.ifPresent(store::discard);
                shared.afterwards(location.file(), () -> shared.attributes.remove(List.of(location.file())));
            }
        });
    }

    /**
     * Announces that a child leaves its directory, which is kept if it was the last one.
     *
     * @param key the child's, with a trailing slash for a directory
     * @param target where it goes, or null when it is deleted
     */
    private Departure leave(ObjectLocation child, ObjectKey key, @Nullable ObjectLocation target)
            throws StoreException, VfsException {
        String parent = keptParent(child, key, target);
        return parent.isEmpty() ? () -> {} : shared.departures.leave(key, parent);
    }

    /** The prefix of the directory that a child leaves and that must stay one; empty where that is no question. */
    private String keptParent(ObjectLocation child, ObjectKey key, @Nullable ObjectLocation target)
            throws VfsException {
        ObjectLocation parent = location(child.path().parent());
        // The root of a mount needs no marker, and neither does a directory in which the child only gets another name.
        boolean stays = parent.isMountRoot()
                || (target != null
                        && target.mount().bucket().equals(key.bucket())
                        && location(target.path().parent()).prefix().equals(parent.prefix()));
        return stays ? "" : parent.prefix();
    }

    @Override
    public void mkdir(VirtualPath directory) throws VfsException {
        changing(directory, () -> {
            require(Permission.MKDIR, directory, "This account may not create directories.");
            ObjectLocation location = creatable(directory);
            try (PathLocks.Held _ = lock(directory, location.file())) {
                Future<Boolean> parent = start(() -> isDirectory(location(directory.parent())));
                if (!(find(location) instanceof LookupResult.Nothing)
                        || interrupted(location)
                                .filter(ObjectFileSystem::isSeenAlone)
                                .isPresent()) {
                    throw alreadyExists(directory);
                }
                if (!result(parent)) {
                    throw parentMissing(directory.parent());
                }
                ObjectKey marker = location.marker();
                if (marker.isTooLong()) {
                    throw new VfsException(
                            Failure.NAME_INVALID, directory, "The path is too long: S3 takes at most 1024 bytes.");
                }
                store.putMarker(marker);
                shared.afterwards(marker, () -> shared.attributes.putDirectory(marker, shared.clock.instant()));
            }
        });
    }

    @Override
    public void rmdir(VirtualPath directory) throws VfsException {
        changing(directory, () -> {
            require(Permission.DELETE, directory, "This account may not delete.");
            ObjectLocation location = changeable(directory);
            if (mounts.anyBelow(directory)) {
                throw denied(directory, "A directory that contains a mount cannot be removed.");
            }
            try (PathLocks.Held _ = lock(directory, location.file())) {
                switch (find(location)) {
                    case LookupResult.File _ -> throw notADirectory(directory);
                    case LookupResult.Nothing _ -> throw notFound(directory);
                    case LookupResult.Directory _ -> {
                        if (hasChildren(location)) {
                            throw notEmpty(directory);
                        }
                    }
                }
                try (Departure _ = leave(location, location.marker(), null)) {
                    store.delete(List.of(location.marker()));
                }
                shared.afterwards(location.marker(), () -> shared.attributes.remove(List.of(location.marker())));
            }
        });
    }

    @Override
    public void setModified(VirtualPath path, Instant modified) throws VfsException {
        changing(path, () -> {
            require(Permission.WRITE, path, "This account may not change files.");
            ObjectLocation location = changeable(path);
            shared.renames.requireNone(path, List.of(location.file()), account.name(), SHORT_WAIT);
            requireWhole(location);
            switch (find(location)) {
                case LookupResult.File file -> {
                    if (!login.hasJustStored(file.object())) {
                        require(Permission.OVERWRITE, path, "This account may not change existing files.");
                    }
                    shared.attributes.put(file.object(), modified);
                }
                case LookupResult.Directory _ -> shared.attributes.putDirectory(location.marker(), modified);
                case LookupResult.Nothing _ -> throw notFound(path);
            }
        });
    }

    /** The account of this moment, if it may still write to this place of a bucket. */
    ObjectFileSystem writableNow(ObjectLocation location) throws VfsException {
        ObjectFileSystem now = login.now(location.path());
        if (now != this) {
            now.require(Permission.WRITE, location.path(), "This account may not upload.");
            requireSame(location, now.changeable(location.path()));
        }
        return now;
    }

    /** Fails if the account of this moment may no longer read this place of a bucket. */
    void requireReadableNow(ObjectLocation location) throws VfsException {
        ObjectFileSystem now = login.now(location.path());
        if (now != this) {
            now.require(Permission.READ, location.path(), "This account may not download.");
            requireSame(location, now.location(location.path()));
        }
    }

    /** Fails if the account of this moment may no longer list this directory of a bucket, or of none. */
    void requireListableNow(VirtualPath directory, @Nullable ObjectLocation location) throws VfsException {
        ObjectFileSystem now = login.now(directory);
        if (now != this) {
            now.require(Permission.LIST, directory, "This account may not list directories.");
            if (location != null) {
                requireSame(location, now.location(directory));
            }
        }
    }

    private static void requireSame(ObjectLocation before, ObjectLocation now) throws VfsException {
        if (!before.mount().bucket().equals(now.mount().bucket())
                || !before.prefix().equals(now.prefix())) {
            throw denied(before.path(), "The account's mounts were changed meanwhile.");
        }
    }

    private ObjectLocation location(VirtualPath path) throws VfsException {
        return mounts.find(path).orElseThrow(() -> notFound(path));
    }

    /** A place whose object may be made, replaced or removed: in a mount, not its root, not read-only. */
    private ObjectLocation changeable(VirtualPath path) throws VfsException {
        Optional<ObjectLocation> location = mounts.find(path);
        if (location.isEmpty()) {
            throw mounts.anyBelow(path)
                            || mounts.anyBelow(path.parent())
                            || path.parent().isRoot()
                    ? denied(path, "Nothing can be stored here, outside of the mounts.")
                    : notFound(path);
        }
        if (location.get().isMountRoot()) {
            throw denied(path, "This is the root of a mount and cannot be changed.");
        }
        if (location.get().mount().readOnly()) {
            throw denied(path, "This part of the file system is read-only.");
        }
        return location.get();
    }

    /** Like {@link #changeable}, for a client that creates what may be there already. */
    private ObjectLocation creatable(VirtualPath path) throws VfsException {
        Optional<ObjectLocation> location = mounts.find(path);
        if (path.isRoot()
                || mounts.anyBelow(path)
                || (location.isPresent() && location.get().isMountRoot())) {
            throw alreadyExists(path);
        }
        return changeable(path);
    }

    /** For a change that may make or remove directories. */
    private PathLocks.Held lock(VirtualPath path, ObjectKey... keys) throws VfsException {
        shared.renames.requireNone(path, Arrays.asList(keys), account.name(), SHORT_WAIT);
        PathLocks.Held held = lockFile(path, keys);
        return () -> {
            shared.directories.changed();
            held.close();
        };
    }

    /** For a change that leaves all directories as they are. */
    private PathLocks.Held lockFile(VirtualPath path, ObjectKey... keys) throws VfsException {
        shared.renames.requireNone(path, Arrays.asList(keys), account.name(), LOCK_WAIT);
        PathLocks.Held held = shared.locks.lock(Arrays.asList(keys), LOCK_WAIT);
        if (held == null) {
            throw new VfsException(
                    Failure.BUSY, path, "Another change of this path, or of one above it, is in progress; try again.");
        }
        return held;
    }

    private boolean may(Permission permission) {
        return account.permissions().contains(permission);
    }

    private void require(Permission permission, VirtualPath path, String message) throws VfsException {
        if (!may(permission)) {
            throw denied(path, message);
        }
    }

    private <T> Future<T> start(Callable<T> request) {
        return shared.executor.submit(request);
    }

    private static <T> T result(Future<T> request) throws StoreException, VfsException {
        try {
            return request.get();
        } catch (ExecutionException e) {
            switch (e.getCause()) {
                case StoreException failure -> throw failure;
                case VfsException failure -> throw failure;
                case null, default -> throw new IllegalStateException(e.getCause());
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new StoreException(Failure.ABORTED, "interrupted while waiting for the store", e);
        }
    }

    /** An operation that may fail in the store. */
    interface Operation<T> {
        T run() throws VfsException, StoreException;
    }

    /** Runs an operation and says what went wrong in the client's words; the log gets the store's. */
    static <T> T reporting(VirtualPath path, Operation<T> operation) throws VfsException {
        try {
            return operation.run();
        } catch (StoreException | RuntimeException e) {
            Optional<StateException> state = StateException.in(e);
            if (state.isPresent()) {
                throw report(path, state.get());
            }
            if (e instanceof StoreException store) {
                throw report(path, store);
            }
            log.error("An operation on {} failed because of an internal error", path, e);
            throw new VfsException(Failure.INTERNAL, path, "Internal error in the gateway; see its log.", e);
        }
    }

    /** An operation without a result. */
    interface Change {
        void run() throws VfsException, StoreException;
    }

    static void changing(VirtualPath path, Change change) throws VfsException {
        var _ = reporting(path, () -> {
            change.run();
            return path;
        });
    }

    /** What cannot be used by anybody the log has said already. */
    private static VfsException report(VirtualPath path, StateException e) {
        if (!e.isOutage()) {
            log.error("{}: {}", path, e.getMessage());
        }
        return new VfsException(
                Failure.UNAVAILABLE,
                path,
                e.isOutage()
                        ? "Nothing can be stored now: " + e.getMessage() + "; try again later."
                        : "The gateway's state database does not answer; try again later.",
                e);
    }

    private static VfsException report(VirtualPath path, StoreException e) {
        if (e.failure() == Failure.UNAVAILABLE || e.failure() == Failure.INTEGRITY) {
            log.warn("{}", e.getMessage());
        } else {
            log.debug("{}", e.getMessage(), e);
        }
        String message = switch (e.failure()) {
            case NOT_FOUND -> "No such file or directory.";
            case PERMISSION_DENIED -> "The store refuses access to this path.";
            case ALREADY_EXISTS -> "It already exists.";
            case DIRECTORY_NOT_EMPTY -> "The directory is not empty.";
            case NOT_A_DIRECTORY -> "Not a directory.";
            case IS_A_DIRECTORY -> "Is a directory.";
            case NAME_INVALID -> "The store does not accept this name.";
            case UNSUPPORTED -> "The store does not support this.";
            case ARCHIVED -> "The file is archived; it must be restored in the store before it can be read.";
            case QUOTA_EXCEEDED -> e instanceof QuotaException ? e.getMessage() : "The store's quota is used up.";
            case TOO_LARGE -> "The file is larger than this gateway can store.";
            case BUSY -> "The gateway's memory for transfers is in use; try again.";
            case CONFLICT -> "The file was changed by somebody else meanwhile; try again.";
            case UNAVAILABLE -> "The store is unavailable; try again later.";
            case INTEGRITY -> "The data was damaged in transit.";
            case INTERNAL -> "Internal error in the gateway; see its log.";
            case ABORTED -> "The transfer was aborted.";
        };
        return new VfsException(e.failure(), path, message, e);
    }

    private static VfsException notFound(VirtualPath path) {
        return new VfsException(Failure.NOT_FOUND, path, "No such file or directory.");
    }

    private static VfsException alreadyExists(VirtualPath path) {
        return new VfsException(Failure.ALREADY_EXISTS, path, "It already exists.");
    }

    private static VfsException notADirectory(VirtualPath path) {
        return new VfsException(Failure.NOT_A_DIRECTORY, path, path + " is not a directory.");
    }

    private static VfsException isADirectory(VirtualPath path) {
        return new VfsException(Failure.IS_A_DIRECTORY, path, "Is a directory.");
    }

    private static VfsException notEmpty(VirtualPath path) {
        return new VfsException(Failure.DIRECTORY_NOT_EMPTY, path, "The directory is not empty.");
    }

    private static VfsException denied(VirtualPath path, String message) {
        return new VfsException(Failure.PERMISSION_DENIED, path, message);
    }

    /** The metadata that carries a time: what rclone writes and reads on S3, seconds since 1970. */
    static ObjectAttributes withModified(Instant modified) {
        return new ObjectAttributes(Map.of("mtime", Long.toString(modified.getEpochSecond())));
    }
}
