package dev.slipway.core.vfs;

import dev.slipway.core.Failure;
import dev.slipway.core.VfsException;
import dev.slipway.core.VirtualPath;
import dev.slipway.core.account.ResumePolicy;
import dev.slipway.core.store.InterruptedUpload;
import dev.slipway.core.store.StoreException;
import dev.slipway.core.vfs.Mounts.ObjectLocation;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Finds interrupted uploads of an account, which its client sees in place of the file, and may resume. */
final class InterruptedLookup {
    private static final Logger log = LoggerFactory.getLogger(InterruptedLookup.class);

    private final ObjectFileSystems shared;
    private final AccountAccess access;
    private final PathLookup lookup;

    InterruptedLookup(ObjectFileSystems shared, AccountAccess access, PathLookup lookup) {
        this.shared = shared;
        this.access = access;
        this.lookup = lookup;
    }

    /** The interrupted upload of a file, if the account can resume it. Waits while it is still being stored. */
    Optional<InterruptedUpload> find(ObjectLocation location) throws VfsException, StoreException {
        if (!access.canResume() || location.isMountRoot()) {
            return Optional.empty();
        }
        shared.unsettled.await(location.path(), location.file(), access.name());
        return shared.store.interrupted(location.file(), access.name());
    }

    /** An upload whose client is silent: likely it is the one that asks, over another connection. */
    Optional<ObjectUpload> stalled(ObjectLocation location) {
        return !access.canResume() || location.isMountRoot()
                ? Optional.empty()
                : shared.unsettled.stalled(location.file(), access.name());
    }

    /** The uploads in a directory by name, if the account wants to see them in listings. */
    Map<String, InterruptedUpload> inDirectory(ObjectLocation directory) throws StoreException {
        Map<String, InterruptedUpload> uploads = new LinkedHashMap<>();
        if (access.account().resume() == ResumePolicy.LISTED) {
            String prefix = directory.prefix();
            for (InterruptedUpload upload :
                    shared.store.interruptedBelow(directory.mount().bucket(), prefix, access.name())) {
                String name = upload.key().key().substring(prefix.length());
                if (VirtualPath.isProperName(name)) {
                    uploads.put(name, upload);
                }
            }
        }
        return uploads;
    }

    /** Where there is no file, an upload of which the store has nothing looks as if it had never begun. */
    static boolean isVisibleAlone(InterruptedUpload upload) {
        return upload.bytes() > 0;
    }

    /** Fails if an interrupted upload stands in place of the file, or if its directory is half renamed. */
    void requireWhole(ObjectLocation location) throws VfsException, StoreException {
        shared.renames.requireNotHalfRenamed(location, access.name());
        Optional<InterruptedUpload> interrupted = find(location);
        if (interrupted.isPresent() && isVisible(interrupted.get(), lookup.find(location))) {
            throw new VfsException(
                    Failure.BUSY,
                    location.path(),
                    "This is an interrupted upload of " + interrupted.get().bytes()
                            + " bytes: resume it, send the file again, or delete it.");
        }
    }

    private static boolean isVisible(InterruptedUpload upload, LookupResult found) {
        return switch (found) {
            case LookupResult.File _ -> true;
            case LookupResult.Nothing _ -> isVisibleAlone(upload);
            // Another account, for instance, has created it since.
            case LookupResult.Directory _ -> false;
        };
    }

    /** Discards the interrupted upload of a file that has been stored: the last one wins. Never fails. */
    void discardOlder(ObjectLocation location) {
        try {
            if (access.canResume()) {
                shared.store.interrupted(location.file(), access.name()).ifPresent(shared.store::discard);
            }
        } catch (StoreException | RuntimeException e) {
            log.warn("{} is stored, but an interrupted upload of it could not be discarded", location.file(), e);
        }
    }

    /** As {@link #discardOlder}, for a file or directory that has been renamed; waits for an upload that just ended. */
    void discardReplaced(ObjectLocation target) {
        try {
            find(target).ifPresent(shared.store::discard);
        } catch (VfsException | StoreException | RuntimeException e) {
            log.warn("An interrupted upload of {} could not be discarded", target.file(), e);
        }
    }
}
