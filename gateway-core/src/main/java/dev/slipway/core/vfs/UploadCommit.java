package dev.slipway.core.vfs;

import dev.slipway.core.DigestAlgorithm;
import dev.slipway.core.Failure;
import dev.slipway.core.PosixAttributes;
import dev.slipway.core.VfsException;
import dev.slipway.core.account.Permission;
import dev.slipway.core.event.StoredObject;
import dev.slipway.core.state.StateException;
import dev.slipway.core.store.BaseVersion;
import dev.slipway.core.store.ObjectInfo;
import dev.slipway.core.store.ObjectWriter;
import dev.slipway.core.store.StoreException;
import dev.slipway.core.store.StoredVersion;
import dev.slipway.core.store.WriteCondition;
import dev.slipway.core.vfs.Mounts.ObjectLocation;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Makes an upload a file, with the rights that its account has by then. */
final class UploadCommit {
    private static final Logger log = LoggerFactory.getLogger(UploadCommit.class);

    private final ObjectFileSystems shared;
    private final AccountAccess access;
    private final PathLookup lookup;
    private final InterruptedLookup interruptions;
    private final ChangeLocks locks;

    UploadCommit(
            ObjectFileSystems shared,
            AccountAccess access,
            PathLookup lookup,
            InterruptedLookup interruptions,
            ChangeLocks locks) {
        this.shared = shared;
        this.access = access;
        this.lookup = lookup;
        this.interruptions = interruptions;
        this.locks = locks;
    }

    /**
     * What an upload has become.
     *
     * @param entry the entry that stat now shows
     */
    record Published(FileEntry entry, StoredObject object) {}

    /**
     * Completes an upload under the path's lock. Blocks until the store has confirmed it.
     *
     * @param set what the client has set
     * @return what it has become
     */
    Published publish(UploadTarget target, ObjectWriter writer, SetAttributes set, UploadDigests digests)
            throws VfsException {
        ObjectLocation location = target.location();
        return FailureReports.reporting(location.path(), () -> {
            writer.awaitParts();
            try (PathLocks.Held _ = locks.lockFile(location.path(), location.file())) {
                AccountAccess now = access.writableNow(location);
                if (!shared.directories.isCurrent(target.checked())) {
                    requireParent(location);
                }
                StoredVersion version = complete(target, writer, now);
                shared.replaced(location.mount(), location.file());
                access.stored(location.file(), version.etag());
                interruptions.discardOlder(location);
                FileEntry entry =
                        keepAttributes(location, version.etag(), writer.size(), set, digests.finish(writer.size()));
                return new Published(
                        entry,
                        new StoredObject(
                                location.file().bucket(),
                                location.file().key(),
                                version.plainEtag(),
                                version.versionId(),
                                writer.size()));
            }
        });
    }

    private void requireParent(ObjectLocation location) throws VfsException, StoreException {
        ConcurrentRequest<Boolean> parent =
                ConcurrentRequest.start(shared.executor, () -> lookup.hasParent(location.path()));
        if (lookup.isDirectory(location)) {
            throw PathFailures.isADirectory(location.path());
        }
        if (!parent.result()) {
            throw lookup.parentMissing(location.path());
        }
    }

    private StoredVersion complete(UploadTarget target, ObjectWriter writer, AccountAccess now)
            throws VfsException, StoreException {
        ObjectLocation location = target.location();
        BaseVersion base = target.base();
        if (base != null) {
            now.require(Permission.OVERWRITE, location.path(), "This account may not change existing files.");
        }
        boolean isNew = target.mode() == CreateMode.NEW || !now.may(Permission.OVERWRITE);
        WriteCondition condition = isNew ? WriteCondition.IF_ABSENT : WriteCondition.ALWAYS;
        if (isNew && base == null && shared.showsMember(location.mount(), location.file())) {
            // The store knows nothing of archived files. One may have been moved there since the upload began.
            throw createdMeanwhile(location, null);
        }
        try {
            return writer.complete(
                    base == null ? condition : new WriteCondition.IfMatch(base.etag()), now.origin(location.path()));
        } catch (StoreException e) {
            if (isNew && e.failure() == Failure.CONFLICT) {
                throw createdMeanwhile(location, e);
            }
            throw e;
        }
    }

    private static VfsException createdMeanwhile(ObjectLocation location, @Nullable StoreException cause) {
        return new VfsException(
                Failure.ALREADY_EXISTS, location.path(), "The file was created by somebody else meanwhile.", cause);
    }

    /**
     * Keeps what the store does not have. The file is stored even if this fails.
     *
     * @return the file
     */
    private FileEntry keepAttributes(
            ObjectLocation location, String etag, long size, SetAttributes set, Map<DigestAlgorithm, byte[]> digests) {
        Instant now = shared.clock.instant().truncatedTo(ChronoUnit.SECONDS);
        FileEntry shown = new FileEntry(location.path(), false, size, now, true);
        try {
            boolean isAnythingKept = shared.attributes.isAnythingKept(location.file());
            PosixAttributes posix = posix(set, isAnythingKept ? shared.posix.last(location.file()) : Optional.empty());
            if (isAnythingKept && set.modified().isEmpty()) {
                shared.attributes.remove(List.of(location.file()));
            }
            if (set.modified().isPresent() || !digests.isEmpty() || !posix.isEmpty()) {
                Optional<ObjectInfo> stored = shared.store
                        .head(location.file())
                        .filter(present -> etag.isEmpty() || etag.equals(present.etag()));
                if (stored.isPresent()) {
                    if (set.modified().isPresent()) {
                        Instant modified = set.modified().get();
                        shared.attributes.put(stored.get(), modified);
                        shown = new FileEntry(location.path(), false, size, modified, true);
                    }
                    if (!posix.isEmpty()) {
                        shared.posix.put(stored.get(), posix);
                        shown = access.keepsPosix() ? shown.with(posix) : shown;
                    }
                    shared.checksums.keep(stored.get(), digests);
                }
            }
        } catch (StoreException | RuntimeException e) {
            if (!StateException.isCauseOf(e)) {
                log.warn("{} is stored, but its attributes could not be kept: {}", location.file(), e.toString());
            }
        }
        return shown;
    }

    /**
     * A file that is replaced keeps its mode, owner and group, whoever replaces it, unless they were set on the open file.
     * Accounts without the option set none.
     */
    private PosixAttributes posix(SetAttributes set, Optional<PosixAttributes> replaced) {
        return access.keepsPosix()
                ? set.posix().orElse(replaced.orElse(set.created()))
                : replaced.orElse(PosixAttributes.NONE);
    }
}
