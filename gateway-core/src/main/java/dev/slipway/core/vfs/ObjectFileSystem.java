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
import dev.slipway.core.store.ObjectAttributes;
import dev.slipway.core.store.ObjectInfo;
import dev.slipway.core.store.ObjectKey;
import dev.slipway.core.store.ObjectPage;
import dev.slipway.core.store.ObjectReader;
import dev.slipway.core.store.ObjectStore;
import dev.slipway.core.store.ObjectWriter;
import dev.slipway.core.store.StoreException;
import dev.slipway.core.store.SuspendedUpload;
import dev.slipway.core.store.UploadOwner;
import dev.slipway.core.store.WriteCondition;
import dev.slipway.core.vfs.Departures.Departure;
import dev.slipway.core.vfs.Mounts.Place;
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
    sealed interface Found {
        /** A file. */
        record File(ObjectInfo object) implements Found {}

        /** A directory. */
        record Directory() implements Found {}

        /** Nothing. */
        record Nothing() implements Found {}
    }

    @Override
    public FileEntry stat(VirtualPath path) throws VfsException {
        return reporting(path, () -> {
            Optional<Place> place = mounts.find(path);
            if (place.isEmpty()) {
                if (mounts.anyBelow(path) || path.isRoot()) {
                    return new FileEntry(path, true, 0, Instant.EPOCH, false);
                }
                throw notFound(path);
            }
            shared.renames.requireWhole(place.get(), account.name());
            Optional<SuspendedUpload> cutOff =
                    cutOff(place.get()).or(() -> silent(place.get()).map(ObjectUpload::asSuspended));
            return switch (find(place.get())) {
                case Found.Directory _ -> directoryEntry(place.get());
                case Found.File file -> {
                    if (cutOff.isPresent()) {
                        yield entry(place.get(), cutOff.get());
                    }
                    if (!may(Permission.LIST) && !may(Permission.READ)) {
                        throw denied(path, "This account may not see files.");
                    }
                    yield entry(place.get(), file.object());
                }
                case Found.Nothing _ -> {
                    if (cutOff.isEmpty() || !isSeenAlone(cutOff.get())) {
                        throw notFound(path);
                    }
                    yield entry(place.get(), cutOff.get());
                }
            };
        });
    }

    /** The upload of a file that was cut off, and that this account can go on with. */
    private Optional<SuspendedUpload> cutOff(Place place) throws VfsException, StoreException {
        if (account.resume() == ResumePolicy.OFF || place.isMountRoot()) {
            return Optional.empty();
        }
        shared.suspensions.await(place.path(), place.file(), account.name());
        return store.suspended(place.file(), account.name());
    }

    /** An upload of this account whose client is silent: likely it is the one that asks, over another connection. */
    private Optional<ObjectUpload> silent(Place place) {
        return account.resume() == ResumePolicy.OFF || place.isMountRoot()
                ? Optional.empty()
                : shared.suspensions.silent(place.file(), account.name());
    }

    /** Where there is no file, an upload of which the store has nothing looks as if it had never begun. */
    private static boolean isSeenAlone(SuspendedUpload upload) {
        return upload.bytes() > 0;
    }

    /** A directory that was made meanwhile, by another account for instance, hides it. */
    private static boolean isSeen(SuspendedUpload upload, Found found) {
        return switch (found) {
            case Found.File _ -> true;
            case Found.Nothing _ -> isSeenAlone(upload);
            case Found.Directory _ -> false;
        };
    }

    FileEntry entry(Place place, SuspendedUpload upload) {
        return new FileEntry(place.path(), false, upload.bytes(), upload.since(), isWritable(place), true);
    }

    /** The uploads of this account in a directory that were cut off, by name, if it wants to see them in listings. */
    Map<String, SuspendedUpload> cutOffIn(Place directory) throws StoreException {
        Map<String, SuspendedUpload> uploads = new LinkedHashMap<>();
        if (account.resume() == ResumePolicy.LISTED) {
            String prefix = directory.prefix();
            for (SuspendedUpload upload : store.suspendedBelow(directory.mount().bucket(), prefix, account.name())) {
                String name = upload.key().key().substring(prefix.length());
                if (VirtualPath.isProperName(name)) {
                    uploads.put(name, upload);
                }
            }
        }
        return uploads;
    }

    /** For what cannot be done with a file of which an upload was cut off, or whose directory is half renamed. */
    private void requireWhole(Place place) throws VfsException, StoreException {
        shared.renames.requireWhole(place, account.name());
        Optional<SuspendedUpload> cutOff = cutOff(place);
        if (cutOff.isPresent() && isSeen(cutOff.get(), find(place))) {
            throw new VfsException(
                    Failure.BUSY,
                    place.path(),
                    "This is an interrupted upload of " + cutOff.get().bytes()
                            + " bytes: resume it, send the file again, or delete it.");
        }
    }

    private FileEntry entry(Place place, ObjectInfo object) {
        Instant modified = shared.attributes.modified(object).orElse(object.lastModified());
        return new FileEntry(place.path(), false, object.size(), modified, isWritable(place));
    }

    private FileEntry directoryEntry(Place place) {
        Instant modified = Instant.EPOCH;
        if (!place.isMountRoot()) {
            ObjectKey marker = place.marker();
            modified = shared.attributes.modifiedDirectories(List.of(marker)).getOrDefault(marker, Instant.EPOCH);
        }
        return new FileEntry(place.path(), true, 0, modified, isWritable(place));
    }

    boolean isWritable(Place place) {
        return !place.mount().readOnly() && may(Permission.WRITE);
    }

    private Found find(Place place) throws StoreException {
        if (place.isMountRoot() || mounts.anyBelow(place.path())) {
            return new Found.Directory();
        }
        Optional<ObjectInfo> object = store.head(place.file());
        if (object.isPresent()) {
            return new Found.File(object.get());
        }
        return isDirectory(place) ? new Found.Directory() : new Found.Nothing();
    }

    /** Like {@link #isDirectory}, where the answer of a moment ago is good enough. */
    private boolean isKnownDirectory(VirtualPath path, KnownDirectories.Moment moment)
            throws VfsException, StoreException {
        Place place = place(path);
        if (place.isMountRoot() || mounts.anyBelow(path) || shared.directories.contains(place.marker())) {
            return true;
        }
        boolean directory = isDirectory(place);
        if (directory) {
            shared.directories.add(place.marker(), moment);
        }
        return directory;
    }

    /**
     * Like {@link #isDirectory}, where the answer of a moment ago is good enough. Its neighbours' names are asked for with
     * it, so that the many small files that a client uploads one after the other take one request each, and not two.
     */
    private boolean hasDirectory(Place place, KnownDirectories.Moment moment) throws VfsException, StoreException {
        if (mounts.anyBelow(place.path())) {
            return true;
        }
        String bucket = place.mount().bucket();
        var parent =
                new KnownDirectories.Parent(bucket, place(place.path().parent()).prefix());
        Optional<Boolean> known = shared.directories.isDirectory(parent, place.marker());
        if (known.isPresent()) {
            return known.get();
        }
        KnownDirectories.Question question = shared.directories.question(parent, place.file());
        if (question != KnownDirectories.Question.NAME) {
            ObjectPage page = neighbours(question, parent, place.file());
            shared.directories.add(parent, place.file(), question, page, moment);
            if (page.next() == null) {
                return page.prefixes().contains(place.marker().key());
            }
        }
        return isDirectory(place);
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

    private boolean isDirectory(Place place) throws StoreException {
        if (place.isMountRoot() || mounts.anyBelow(place.path())) {
            return true;
        }
        ObjectPage page = store.list(place.mount().bucket(), place.prefix(), false, null, 1);
        return !page.objects().isEmpty();
    }

    @Override
    public EntryCursor list(VirtualPath directory) throws VfsException {
        return reporting(directory, () -> {
            require(Permission.LIST, directory, "This account may not list directories.");
            Optional<Place> place = mounts.find(directory);
            if (place.isEmpty()) {
                if (!mounts.anyBelow(directory) && !directory.isRoot()) {
                    throw notFound(directory);
                }
                return new ObjectEntryCursor(this, shared, directory, mounts.namesIn(directory));
            }
            shared.renames.requireWhole(place.get(), account.name());
            ObjectEntryCursor cursor = new ObjectEntryCursor(this, shared, place.get(), mounts.namesIn(directory));
            if (!cursor.fetchFirst() && !place.get().isMountRoot() && !mounts.anyBelow(directory)) {
                throw switch (find(place.get())) {
                    case Found.File file -> notADirectory(directory);
                    case Found.Directory _ ->
                        new VfsException(
                                Failure.CONFLICT, directory, "The directory changed while it was listed; try again.");
                    case Found.Nothing _ -> notFound(directory);
                };
            }
            return cursor;
        });
    }

    @Override
    public FileDownload open(VirtualPath file, long offset) throws VfsException {
        return reporting(file, () -> {
            require(Permission.READ, file, "This account may not download.");
            Place place = place(file);
            if (place.isMountRoot() || mounts.anyBelow(file)) {
                throw isADirectory(file);
            }
            requireWhole(place);
            Optional<ObjectReader> reader;
            try {
                reader = store.open(place.file(), offset, account.name());
            } catch (StoreException e) {
                if (e.failure() != Failure.BUSY) {
                    throw e;
                }
                return openLater(place);
            }
            if (reader.isEmpty()) {
                throw isDirectory(place) ? isADirectory(file) : notFound(file);
            }
            try {
                ObjectInfo version = reader.get().info();
                return new ObjectDownload(this, shared, place, entry(place, version), version, reader.get());
            } catch (RuntimeException e) {
                reader.get().close();
                throw e;
            }
        });
    }

    /** Opens a file for which there is no memory before it is read: its client waits then, and not here. */
    private FileDownload openLater(Place place) throws VfsException, StoreException {
        return switch (find(place)) {
            case Found.File found ->
                new ObjectDownload(this, shared, place, entry(place, found.object()), found.object(), null);
            case Found.Directory _ -> throw isADirectory(place.path());
            case Found.Nothing _ -> throw notFound(place.path());
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
            Place place = place(file);
            requireWhole(place);
            ObjectInfo version = switch (find(place)) {
                case Found.File found -> found.object();
                case Found.Directory _ -> throw isADirectory(file);
                case Found.Nothing _ -> throw notFound(file);
            };
            return shared.checksums.of(
                    this, place, version, new Checksums.Wanted(algorithm, offset, length, block, cancelled));
        });
    }

    @Override
    public FileUpload create(VirtualPath file, CreateMode mode, boolean mayWait, boolean resumable)
            throws VfsException {
        return reporting(file, () -> {
            require(Permission.WRITE, file, "This account may not upload.");
            Place place = changeable(file);
            Optional<SuspendedUpload> cutOff = cutOff(place);
            if (mode == CreateMode.NEW && cutOff.isPresent() && isSeenAlone(cutOff.get())) {
                throw alreadyExists(file);
            }
            KnownDirectories.Moment moment = checkedForUpload(place, mode);
            UploadOwner owner = new UploadOwner(
                    account.name(), resumable && account.resume() != ResumePolicy.OFF, mode == CreateMode.NEW);
            ObjectWriter writer = store.write(
                    place.file(), ObjectAttributes.NONE, owner, mayWait ? shared.admissionWait : Duration.ZERO);
            boolean begun = false;
            try {
                cutOff.ifPresent(store::discard);
                begun = true;
            } finally {
                if (!begun) {
                    writer.close();
                }
            }
            return new CopyableUpload(new ObjectUpload(this, shared, place, mode, writer, owner, moment), mode);
        });
    }

    @Override
    public FileUpload resume(VirtualPath file, long offset, boolean mayWait) throws VfsException {
        return reporting(file, () -> {
            require(Permission.WRITE, file, "This account may not upload.");
            Place place = changeable(file);
            silent(place).ifPresent(ObjectUpload::close);
            SuspendedUpload cutOff = cutOff(place)
                    .orElseThrow(() -> new VfsException(
                            Failure.UNSUPPORTED,
                            file,
                            "There is no interrupted upload of this file to resume; send all of it. The existing file"
                                    + " stays."));
            requireBase(place, cutOff);
            CreateMode mode = cutOff.owner().exclusive() ? CreateMode.NEW : CreateMode.REPLACE;
            KnownDirectories.Moment moment = checkedForUpload(place, mode);
            ObjectWriter writer;
            try {
                writer = store.resume(
                        cutOff,
                        offset == AT_END ? cutOff.bytes() : offset,
                        mayWait ? shared.admissionWait : Duration.ZERO);
            } catch (StoreException e) {
                if (e.failure() == Failure.UNSUPPORTED) {
                    throw new VfsException(
                            Failure.UNSUPPORTED,
                            file,
                            "The upload can resume at byte " + cutOff.bytes() + ", not at " + offset + ".",
                            e);
                }
                throw e;
            }
            ObjectUpload upload = new ObjectUpload(this, shared, place, mode, writer, cutOff.owner(), moment);
            if (cutOff.modified() != null) {
                upload.setModified(cutOff.modified());
            }
            return upload;
        });
    }

    /** What was added to a version that is not there any more is of no use. */
    private void requireBase(Place place, SuspendedUpload cutOff) throws VfsException, StoreException {
        BaseVersion base = cutOff.owner().base();
        if (base != null && !store.head(place.file()).map(ObjectInfo::etag).equals(Optional.of(base.etag()))) {
            store.discard(cutOff);
            throw new VfsException(
                    Failure.CONFLICT,
                    place.path(),
                    "The file was changed by somebody else since the upload was interrupted; check it, and start over.");
        }
    }

    @Override
    public FileUpload change(VirtualPath file, long offset, boolean mayWait, boolean resumable) throws VfsException {
        return reporting(file, () -> {
            require(Permission.WRITE, file, "This account may not upload.");
            Place place = changeable(file);
            requireWhole(place);
            KnownDirectories.Moment moment = shared.directories.now();
            ObjectInfo version = switch (find(place)) {
                case Found.File found -> found.object();
                case Found.Directory _ -> throw isADirectory(file);
                case Found.Nothing _ -> throw notFound(file);
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
            ObjectUpload upload = new ObjectUpload(this, shared, place, CreateMode.REPLACE, writer, owner, moment);
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
    private KnownDirectories.Moment checkedForUpload(Place place, CreateMode mode) throws VfsException, StoreException {
        VirtualPath file = place.path();
        shared.renames.requireNone(file, List.of(place.file()), account.name(), SHORT_WAIT);
        KnownDirectories.Moment moment = shared.directories.now();
        Future<Boolean> parent = start(() -> isKnownDirectory(file.parent(), moment));
        if (mode == CreateMode.REPLACE && may(Permission.OVERWRITE)) {
            // Whether there is a file already makes no difference.
            if (hasDirectory(place, moment)) {
                throw isADirectory(file);
            }
        } else {
            Future<Boolean> clash = start(() -> isDirectory(place));
            if (store.head(place.file()).isPresent()) {
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
            Optional<Place> place = mounts.find(path);
            if (place.isPresent()
                    && !place.get().isMountRoot()
                    && store.head(place.get().file()).isPresent()) {
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
            Place place,
            CreateMode mode,
            @Nullable BaseVersion base,
            ObjectWriter writer,
            Optional<Instant> modified,
            UploadDigests digests,
            KnownDirectories.Moment checked)
            throws VfsException {
        return reporting(place.path(), () -> {
            writer.awaitParts();
            try (PathLocks.Held _ = lockFile(place.path(), place.file())) {
                ObjectFileSystem now = writableNow(place);
                if (!shared.directories.isCurrent(checked)) {
                    VirtualPath parent = place.path().parent();
                    Future<Boolean> parentIsThere = start(() -> isDirectory(place(parent)));
                    if (isDirectory(place)) {
                        throw isADirectory(place.path());
                    }
                    if (!result(parentIsThere)) {
                        throw parentMissing(parent);
                    }
                }
                if (base != null) {
                    now.require(Permission.OVERWRITE, place.path(), "This account may not change existing files.");
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
                                place.path(),
                                "The file was created by somebody else meanwhile.",
                                e);
                    }
                    throw e;
                }
                login.stored(place.file(), etag);
                discardOlder(place);
                return published(place, writer.size(), etag, modified, digests.finish(writer.size()));
            }
        });
    }

    /** Of two uploads the one that ends last wins, also over one that was cut off meanwhile. */
    private void discardOlder(Place place) {
        try {
            if (account.resume() != ResumePolicy.OFF) {
                store.suspended(place.file(), account.name()).ifPresent(store::discard);
            }
        } catch (StoreException | RuntimeException e) {
            log.warn("{} is stored, but an interrupted upload of it could not be discarded", place.file(), e);
        }
    }

    /** The file is stored, whatever becomes of its attributes. */
    private FileEntry published(
            Place place, long size, String etag, Optional<Instant> modified, Map<DigestAlgorithm, byte[]> digests) {
        Instant shown = shared.clock.instant().truncatedTo(ChronoUnit.SECONDS);
        try {
            if (modified.isEmpty()) {
                shared.attributes.remove(List.of(place.file()));
            }
            if (modified.isPresent() || !digests.isEmpty()) {
                Optional<ObjectInfo> stored =
                        store.head(place.file()).filter(present -> etag.isEmpty() || etag.equals(present.etag()));
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
                log.warn("{} is stored, but its time could not be kept: {}", place.file(), e.toString());
            }
        }
        return new FileEntry(place.path(), false, size, shown, true);
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
            Place source = changeable(from);
            Place target = changeable(to);
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
    private void rename(Place source, Place target, RenameMode mode, CompletableFuture<Void> told)
            throws VfsException, StoreException {
        VirtualPath from = source.path();
        VirtualPath to = target.path();
        try (PathLocks.Held _ = lock(from, source.file(), target.file())) {
            requireWhole(source);
            Found found = find(source);
            if (found instanceof Found.Nothing) {
                throw notFound(from);
            }
            if (source.file().equals(target.file())) {
                // Also by way of two mounts that overlap: a copy of it to itself, and then a delete, would lose it.
                return;
            }
            boolean targetIsThere = checkTarget(found, target, mode);
            if (!isDirectory(place(to.parent()))) {
                throw parentMissing(to.parent());
            }
            switch (found) {
                case Found.File file -> {
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
                case Found.Directory _ -> {
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
                case Found.Nothing _ -> throw notFound(from);
            }
            if (!told.isCompletedExceptionally()) {
                // The account has put another file there. The rename is done, whatever becomes of this.
                try {
                    cutOff(target).ifPresent(store::discard);
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
            Place source = place(from);
            requireWhole(source);
            return switch (find(source)) {
                case Found.File found -> copy(source, found.object(), to, mode, null);
                case Found.Directory _ -> throw isADirectory(from);
                case Found.Nothing _ -> throw notFound(from);
            };
        });
    }

    /**
     * Copies a version, which the caller may read.
     *
     * @param modified the time of the copy; null for that of the source
     */
    FileEntry copy(Place source, ObjectInfo version, VirtualPath to, CreateMode mode, @Nullable Instant modified)
            throws VfsException {
        return reporting(to, () -> {
            require(Permission.WRITE, to, "This account may not upload.");
            Place target = changeable(to);
            if (source.file().equals(target.file())) {
                throw new VfsException(Failure.NAME_INVALID, to, "A file cannot be copied onto itself.");
            }
            try (PathLocks.Held _ = lockFile(to, target.file())) {
                switch (find(target)) {
                    case Found.File _ -> {
                        if (mode == CreateMode.NEW) {
                            throw alreadyExists(to);
                        }
                        require(Permission.OVERWRITE, to, "This account may not replace files.");
                    }
                    case Found.Directory _ -> throw isADirectory(to);
                    case Found.Nothing _ -> {
                        if (!isDirectory(place(to.parent()))) {
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
    private static boolean isBelow(Place place, Place other) {
        return place.mount().bucket().equals(other.mount().bucket())
                && place.file().key().startsWith(other.prefix());
    }

    /** Returns whether the target is there, and may be replaced. */
    private boolean checkTarget(Found source, Place target, RenameMode mode) throws VfsException, StoreException {
        Found there = find(target);
        if (there instanceof Found.Nothing) {
            return false;
        }
        if (mode == RenameMode.KEEP_TARGET) {
            throw alreadyExists(target.path());
        }
        require(Permission.OVERWRITE, target.path(), "This account may not replace files.");
        if (source instanceof Found.File && there instanceof Found.Directory) {
            throw isADirectory(target.path());
        }
        if (source instanceof Found.Directory) {
            if (there instanceof Found.File) {
                throw notADirectory(target.path());
            }
            if (hasChildren(target)) {
                throw notEmpty(target.path());
            }
        }
        return true;
    }

    private boolean hasChildren(Place directory) throws StoreException {
        ObjectPage page = store.list(directory.mount().bucket(), directory.prefix(), false, null, 2);
        return page.objects().stream().anyMatch(object -> !object.key().key().equals(directory.prefix()));
    }

    @Override
    public void delete(VirtualPath file) throws VfsException {
        changing(file, () -> {
            require(Permission.DELETE, file, "This account may not delete.");
            Place place = changeable(file);
            try (PathLocks.Held _ = lock(file, place.file())) {
                Optional<SuspendedUpload> cutOff = cutOff(place);
                Found found = find(place);
                // Who deletes what is still being uploaded has given it up, even if there is nothing to be seen of it.
                shared.suspensions.deleted(place.file(), account.name());
                switch (found) {
                    case Found.File _ -> {
                        try (Departure _ = leave(place, place.file(), null)) {
                            store.delete(List.of(place.file()));
                        }
                    }
                    case Found.Directory _ -> throw isADirectory(file);
                    case Found.Nothing _ -> {
                        if (cutOff.isEmpty() || !isSeenAlone(cutOff.get())) {
                            throw notFound(file);
                        }
                    }
                }
                cutOff.ifPresent(store::discard);
                shared.afterwards(place.file(), () -> shared.attributes.remove(List.of(place.file())));
            }
        });
    }

    /**
     * Announces that a child leaves its directory, which is kept if it was the last one.
     *
     * @param key the child's, with a trailing slash for a directory
     * @param target where it goes, or null when it is deleted
     */
    private Departure leave(Place child, ObjectKey key, @Nullable Place target) throws StoreException, VfsException {
        String parent = keptParent(child, key, target);
        return parent.isEmpty() ? () -> {} : shared.departures.leave(key, parent);
    }

    /** The prefix of the directory that a child leaves and that must stay one; empty where that is no question. */
    private String keptParent(Place child, ObjectKey key, @Nullable Place target) throws VfsException {
        Place parent = place(child.path().parent());
        // The root of a mount needs no marker, and neither does a directory in which the child only gets another name.
        boolean stays = parent.isMountRoot()
                || (target != null
                        && target.mount().bucket().equals(key.bucket())
                        && place(target.path().parent()).prefix().equals(parent.prefix()));
        return stays ? "" : parent.prefix();
    }

    @Override
    public void mkdir(VirtualPath directory) throws VfsException {
        changing(directory, () -> {
            require(Permission.MKDIR, directory, "This account may not create directories.");
            Place place = creatable(directory);
            try (PathLocks.Held _ = lock(directory, place.file())) {
                Future<Boolean> parent = start(() -> isDirectory(place(directory.parent())));
                if (!(find(place) instanceof Found.Nothing)
                        || cutOff(place).filter(ObjectFileSystem::isSeenAlone).isPresent()) {
                    throw alreadyExists(directory);
                }
                if (!result(parent)) {
                    throw parentMissing(directory.parent());
                }
                ObjectKey marker = place.marker();
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
            Place place = changeable(directory);
            if (mounts.anyBelow(directory)) {
                throw denied(directory, "A directory that contains a mount cannot be removed.");
            }
            try (PathLocks.Held _ = lock(directory, place.file())) {
                switch (find(place)) {
                    case Found.File _ -> throw notADirectory(directory);
                    case Found.Nothing _ -> throw notFound(directory);
                    case Found.Directory _ -> {
                        if (hasChildren(place)) {
                            throw notEmpty(directory);
                        }
                    }
                }
                try (Departure _ = leave(place, place.marker(), null)) {
                    store.delete(List.of(place.marker()));
                }
                shared.afterwards(place.marker(), () -> shared.attributes.remove(List.of(place.marker())));
            }
        });
    }

    @Override
    public void setModified(VirtualPath path, Instant modified) throws VfsException {
        changing(path, () -> {
            require(Permission.WRITE, path, "This account may not change files.");
            Place place = changeable(path);
            shared.renames.requireNone(path, List.of(place.file()), account.name(), SHORT_WAIT);
            requireWhole(place);
            switch (find(place)) {
                case Found.File file -> {
                    if (!login.hasJustStored(file.object())) {
                        require(Permission.OVERWRITE, path, "This account may not change existing files.");
                    }
                    shared.attributes.put(file.object(), modified);
                }
                case Found.Directory _ -> shared.attributes.putDirectory(place.marker(), modified);
                case Found.Nothing _ -> throw notFound(path);
            }
        });
    }

    /** The account of this moment, if it may still write to this place of a bucket. */
    ObjectFileSystem writableNow(Place place) throws VfsException {
        ObjectFileSystem now = login.now(place.path());
        if (now != this) {
            now.require(Permission.WRITE, place.path(), "This account may not upload.");
            requireSame(place, now.changeable(place.path()));
        }
        return now;
    }

    /** Fails if the account of this moment may no longer read this place of a bucket. */
    void requireReadableNow(Place place) throws VfsException {
        ObjectFileSystem now = login.now(place.path());
        if (now != this) {
            now.require(Permission.READ, place.path(), "This account may not download.");
            requireSame(place, now.place(place.path()));
        }
    }

    /** Fails if the account of this moment may no longer list this directory of a bucket, or of none. */
    void requireListableNow(VirtualPath directory, @Nullable Place place) throws VfsException {
        ObjectFileSystem now = login.now(directory);
        if (now != this) {
            now.require(Permission.LIST, directory, "This account may not list directories.");
            if (place != null) {
                requireSame(place, now.place(directory));
            }
        }
    }

    private static void requireSame(Place before, Place now) throws VfsException {
        if (!before.mount().bucket().equals(now.mount().bucket())
                || !before.prefix().equals(now.prefix())) {
            throw denied(before.path(), "The account's mounts were changed meanwhile.");
        }
    }

    private Place place(VirtualPath path) throws VfsException {
        return mounts.find(path).orElseThrow(() -> notFound(path));
    }

    /** A place whose object may be made, replaced or removed: in a mount, not its root, not read-only. */
    private Place changeable(VirtualPath path) throws VfsException {
        Optional<Place> place = mounts.find(path);
        if (place.isEmpty()) {
            throw mounts.anyBelow(path)
                            || mounts.anyBelow(path.parent())
                            || path.parent().isRoot()
                    ? denied(path, "Nothing can be stored here, outside of the mounts.")
                    : notFound(path);
        }
        if (place.get().isMountRoot()) {
            throw denied(path, "This is the root of a mount and cannot be changed.");
        }
        if (place.get().mount().readOnly()) {
            throw denied(path, "This part of the file system is read-only.");
        }
        return place.get();
    }

    /** Like {@link #changeable}, for a client that creates what may be there already. */
    private Place creatable(VirtualPath path) throws VfsException {
        Optional<Place> place = mounts.find(path);
        if (path.isRoot()
                || mounts.anyBelow(path)
                || (place.isPresent() && place.get().isMountRoot())) {
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
