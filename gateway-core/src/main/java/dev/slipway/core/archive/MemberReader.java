package dev.slipway.core.archive;

import dev.slipway.core.Failure;
import dev.slipway.core.store.ObjectInfo;
import dev.slipway.core.store.ObjectReader;
import dev.slipway.core.store.StoreException;
import java.nio.ByteBuffer;

/** Reads a member of a tar file: a range of the archive. */
final class MemberReader implements ObjectReader {
    private final ObjectInfo info;
    private final ArchivedObject object;
    private final ObjectReader archive;

    /** @param archive reads the archive up to the end of the member; owned by this reader */
    MemberReader(ArchivedObject object, ObjectReader archive) {
        this.info = object.info();
        this.object = object;
        this.archive = archive;
    }

    @Override
    public ObjectInfo info() {
        return info;
    }

    @Override
    public long position() {
        return archive.position() - object.member().offset();
    }

    @Override
    public int read(ByteBuffer target) throws StoreException {
        try {
            return archive.read(target);
        } catch (StoreException e) {
            throw failure(object, e);
        }
    }

    /** An archive that is gone or has been replaced has lost its members, which does not look like a missing file. */
    static StoreException failure(ArchivedObject object, StoreException e) {
        return switch (e.failure()) {
            case NOT_FOUND, CONFLICT ->
                new StoreException(
                        Failure.INTEGRITY,
                        object.key() + " is in the archive " + object.archive().key()
                                + ", which has been deleted or replaced",
                        e);
            default -> e;
        };
    }

    @Override
    public void close() {
        archive.close();
    }
}
