package dev.slipway.core.archive;

import dev.slipway.core.Failure;
import dev.slipway.core.store.ObjectInfo;
import dev.slipway.core.store.ObjectReader;
import dev.slipway.core.store.ObjectStore;
import dev.slipway.core.store.PartPool;
import dev.slipway.core.store.StoreException;
import java.time.Duration;

/** Opens members of archives for reading. Thread-safe. */
final class MemberReads {
    /** Memory for decompression, which is outside of the heap. */
    private static final long BUDGET_BYTES = 32L << 20;

    private final ObjectStore store;
    private final ArchivedObjects archived;
    private final PartPool memory = PartPool.forReservations(BUDGET_BYTES);

    MemberReads(ObjectStore store, ArchivedObjects archived) {
        this.store = store;
        this.archived = archived;
    }

    /** Opens the member that a version names, which may have been hidden since. */
    ObjectReader open(ObjectInfo version, long offset, String account, Duration wait) throws StoreException {
        ArchivedObject object = archived.find(version)
                .orElseThrow(() -> new StoreException(
                        Failure.INTEGRITY, version.key() + " was in an archive that is no longer known"));
        return open(object, offset, account, wait);
    }

    /**
     * Opens a member. Makes no request before the first read.
     *
     * @param offset in the member, in bytes, up to its size
     * @param wait how long to wait for memory; zero to not wait at all
     */
    ObjectReader open(ArchivedObject object, long offset, String account, Duration wait) throws StoreException {
        Archive archive = object.archive();
        ArchiveMember member = object.member();
        ObjectInfo version = new ObjectInfo(archive.key(), archive.bytes(), archive.etag(), archive.created());
        long end = member.offset() + member.length();
        return switch (archive.format()) {
            case TAR -> new MemberReader(object, store.read(version, member.offset() + offset, end, account, wait));
            case TAR_ZSTD ->
                Reservations.both(
                        time -> store.read(version, member.offset(), end, account, time),
                        time -> memory.admit(account, DecompressedReader.MEMORY_BYTES, time),
                        wait,
                        (range, slot) -> new DecompressedReader(object, offset, range, slot));
        };
    }
}
