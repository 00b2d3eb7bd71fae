package dev.slipway.core.archive;

import dev.slipway.core.Failure;
import dev.slipway.core.store.ObjectAttributes;
import dev.slipway.core.store.ObjectInfo;
import dev.slipway.core.store.ObjectKey;
import dev.slipway.core.store.ObjectReader;
import dev.slipway.core.store.ObjectStore;
import dev.slipway.core.store.ObjectWriter;
import dev.slipway.core.store.StoreException;
import dev.slipway.core.store.StoredVersion;
import dev.slipway.core.store.UploadOwner;
import dev.slipway.core.store.WriteCondition;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.HexFormat;
import java.util.concurrent.Semaphore;

/** Makes a member of an archive an object of its own. Its bytes pass through the gateway. Thread-safe. */
final class Extraction {
    private static final Duration WAIT = Duration.ofSeconds(30);
    private static final int BUFFER_BYTES = 64 << 10;

    /** Renames of directories ask for many. */
    private static final int MOST_AT_ONCE = 8;

    private final ObjectStore store;
    private final ArchivedObjects archived;
    private final MemberReads reads;
    private final Semaphore permits = new Semaphore(MOST_AT_ONCE, true);

    Extraction(ObjectStore store, ArchivedObjects archived, MemberReads reads) {
        this.store = store;
        this.archived = archived;
        this.reads = reads;
    }

    private record Streams(ObjectReader reader, ObjectWriter writer) {}

    /**
     * Stores a member at a key. It appears there whole, or not at all. Blocks.
     *
     * @throws StoreException {@link Failure#INTEGRITY} if the bytes are not those that were archived
     */
    ObjectInfo run(ObjectInfo from, ObjectKey to, WriteCondition condition) throws StoreException {
        ArchivedObject object = archived.find(from)
                .orElseThrow(() -> new StoreException(
                        Failure.INTEGRITY, from.key() + " was in an archive that is no longer known"));
        try {
            // Waited for before any memory is held.
            permits.acquire();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new StoreException(Failure.ABORTED, from.key() + ": interrupted", e);
        }
        try {
            Streams streams = Reservations.both(
                    wait -> reads.open(object, 0, UploadOwner.NOBODY.account(), wait),
                    wait -> store.write(to, ObjectAttributes.NONE, UploadOwner.NOBODY, wait),
                    WAIT,
                    Streams::new);
            try (ObjectReader reader = streams.reader();
                    ObjectWriter writer = streams.writer()) {
                pass(object, reader, writer);
                return written(to, from.size(), writer.complete(condition));
            }
        } finally {
            permits.release();
        }
    }

    private static void pass(ArchivedObject object, ObjectReader reader, ObjectWriter writer) throws StoreException {
        try {
            MessageDigest sha256 = MessageDigest.getInstance("SHA-256");
            ByteBuffer buffer = ByteBuffer.allocate(BUFFER_BYTES);
            while (reader.read(buffer.clear()) >= 0) {
                sha256.update(buffer.flip());
                writer.write(buffer.rewind());
            }
            if (!HexFormat.of()
                    .formatHex(sha256.digest())
                    .equals(object.member().sha256())) {
                throw new StoreException(
                        Failure.INTEGRITY,
                        object.key() + " is no longer what was archived in "
                                + object.archive().key());
            }
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }

    private ObjectInfo written(ObjectKey key, long size, StoredVersion version) throws StoreException {
        ObjectInfo present = store.head(key)
                .filter(found -> version.etag().isEmpty() || version.etag().equals(found.etag()))
                .orElseThrow(
                        () -> new StoreException(Failure.CONFLICT, key + " was replaced as soon as it was written"));
        return new ObjectInfo(key, size, present.etag(), present.lastModified());
    }
}
