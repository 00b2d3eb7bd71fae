package dev.slipway.core.vfs;

import dev.slipway.core.Failure;
import dev.slipway.core.VfsException;
import dev.slipway.core.VirtualPath;
import dev.slipway.core.account.Permission;
import dev.slipway.core.store.ObjectInfo;
import dev.slipway.core.store.ObjectReader;
import dev.slipway.core.store.StoreException;
import dev.slipway.core.vfs.Mounts.ObjectLocation;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Opens files for reading, and computes their checksums. */
final class FileReads {
    private final ObjectFileSystems shared;
    private final AccountAccess access;
    private final PathLookup lookup;
    private final InterruptedLookup interruptions;
    private final PathAttributes attributes;

    FileReads(
            ObjectFileSystems shared,
            AccountAccess access,
            PathLookup lookup,
            InterruptedLookup interruptions,
            PathAttributes attributes) {
        this.shared = shared;
        this.access = access;
        this.lookup = lookup;
        this.interruptions = interruptions;
        this.attributes = attributes;
    }

    /** See {@link VirtualFileSystem#open}. */
    FileDownload open(VirtualPath file, long offset) throws VfsException, StoreException {
        access.require(Permission.READ, file, "This account may not download.");
        ObjectLocation location = access.location(file);
        if (lookup.isOfMounts(location)) {
            throw PathFailures.isADirectory(file);
        }
        interruptions.requireWhole(location);
        Optional<ObjectReader> reader;
        try {
            reader = shared.store(location.mount()).open(location.file(), offset, access.name());
        } catch (StoreException e) {
            if (e.failure() != Failure.BUSY) {
                throw e;
            }
            // The client waits for memory when it reads, and not here.
            return download(location, lookup.file(location), null);
        }
        if (reader.isEmpty()) {
            throw lookup.isDirectory(location) ? PathFailures.isADirectory(file) : PathFailures.notFound(file);
        }
        try {
            return download(location, reader.get().info(), reader.get());
        } catch (RuntimeException e) {
            reader.get().close();
            throw e;
        }
    }

    private FileDownload download(ObjectLocation location, ObjectInfo version, @Nullable ObjectReader reader) {
        return new ObjectDownload(access, shared, location, attributes.file(location, version), version, reader);
    }

    /** See {@link VirtualFileSystem#checksum}. */
    byte[] checksum(VirtualPath file, Checksums.Wanted wanted) throws VfsException, StoreException {
        access.require(Permission.READ, file, "This account may not read files.");
        ObjectLocation location = access.location(file);
        interruptions.requireWhole(location);
        return shared.checksums.of(access, location, lookup.file(location), wanted);
    }
}
