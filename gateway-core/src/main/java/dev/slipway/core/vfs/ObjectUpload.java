package dev.slipway.core.vfs;

import dev.slipway.core.Failure;
import dev.slipway.core.VfsException;
import dev.slipway.core.store.ObjectWriter;
import dev.slipway.core.vfs.Mounts.Place;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** An upload: puts blocks that overtook each other back in order and hands them to the store's writer. */
final class ObjectUpload implements FileUpload, IdleTransfers.Transfer {
    private static final Logger log = LoggerFactory.getLogger(ObjectUpload.class);

    /**
     * What is kept of blocks that came before their turn. Clients that write concurrently (rclone: 64 requests of 32 KiB)
     * overtake themselves by at most 2 MiB.
     */
    private static final long REORDER_LIMIT_BYTES = 4L << 20;

    /** Each block costs more than its bytes: what is kept of tiny ones is limited by their count. */
    private static final int REORDER_LIMIT_BLOCKS = 1024;

    private final ObjectFileSystem fileSystem;
    private final ObjectFileSystems shared;
    private final Place place;
    private final CreateMode mode;
    private final ObjectWriter writer;
    private final KnownDirectories.Moment checked;
    private final UploadDigests digests;
    private final TreeMap<Long, ByteBuffer> early = new TreeMap<>();
    private long earlyBytes;
    private volatile @Nullable Instant modified;
    private volatile boolean incomplete;
    private volatile @Nullable VfsException refused;

    /** These are guarded by this object, and so is {@link #early} between two writes. */
    private boolean ended;

    private boolean wasIdle;
    private boolean writing;
    private Instant lastWrite;

    /** @param checked see {@link ObjectFileSystem#publish} */
    ObjectUpload(
            ObjectFileSystem fileSystem,
            ObjectFileSystems shared,
            Place place,
            CreateMode mode,
            ObjectWriter writer,
            KnownDirectories.Moment checked) {
        this.fileSystem = fileSystem;
        this.shared = shared;
        this.place = place;
        this.mode = mode;
        this.writer = writer;
        this.checked = checked;
        this.digests = new UploadDigests(shared.demand.of(fileSystem.account()));
        this.lastWrite = shared.clock.instant();
        shared.idle.add(this);
    }

    @Override
    public void write(long offset, ByteBuffer data) throws VfsException {
        synchronized (this) {
            requireOpen();
            writing = true;
        }
        boolean taken = false;
        try {
            take(offset, data);
            taken = true;
        } catch (VfsException e) {
            refused = refused == null ? e : refused;
            throw e;
        } finally {
            if (!taken) {
                incomplete = true;
            }
            synchronized (this) {
                writing = false;
                lastWrite = shared.clock.instant();
            }
        }
    }

    private void requireOpen() throws VfsException {
        if (ended) {
            throw new VfsException(
                    Failure.ABORTED,
                    place.path(),
                    wasIdle
                            ? "The upload was ended, since nothing came for "
                                    + shared.idle.limit().toSeconds() + " s; send the file again."
                            : "The upload has ended.");
        }
    }

    @Override
    public void releaseIfIdleSince(Instant moment) {
        synchronized (this) {
            // A write that is under way waits for the store or for memory, not for the client.
            if (ended || writing || lastWrite.isAfter(moment)) {
                return;
            }
            ended = true;
            wasIdle = true;
            early.clear();
        }
        log.info("The upload of {} was aborted: nothing came for {}", place.file(), shared.idle.limit());
        end();
    }

    private void end() {
        shared.idle.remove(this);
        writer.close();
    }

    private void take(long offset, ByteBuffer data) throws VfsException {
        if (!data.hasRemaining()) {
            return;
        }
        ObjectFileSystem _ = fileSystem.writableNow(place);
        long next = writer.size();
        if (offset < next) {
            throw new VfsException(
                    Failure.UNSUPPORTED,
                    place.path(),
                    "Bytes before " + next + " were written already and cannot change.");
        }
        if (offset > next) {
            keep(offset, data);
            return;
        }
        append(data);
        while (!early.isEmpty() && early.firstKey() <= writer.size()) {
            Map.Entry<Long, ByteBuffer> block = early.pollFirstEntry();
            if (block.getKey() < writer.size()) {
                throw new VfsException(Failure.UNSUPPORTED, place.path(), "Blocks of the upload overlap.");
            }
            earlyBytes -= block.getValue().remaining();
            append(block.getValue());
        }
    }

    private void keep(long offset, ByteBuffer data) throws VfsException {
        if (earlyBytes + data.remaining() > REORDER_LIMIT_BYTES
                || early.size() >= REORDER_LIMIT_BLOCKS
                || early.containsKey(offset)) {
            throw new VfsException(
                    Failure.UNSUPPORTED,
                    place.path(),
                    "The upload must be written from its beginning to its end; byte " + writer.size() + " is missing.");
        }
        ByteBuffer copy = ByteBuffer.allocate(data.remaining()).put(data).flip();
        early.put(offset, copy);
        earlyBytes += copy.remaining();
    }

    private void append(ByteBuffer data) throws VfsException {
        digests.update(writer.size(), data);
        ObjectFileSystem.changing(place.path(), () -> writer.write(data));
    }

    @Override
    public FileEntry entry() {
        Instant set = modified;
        return new FileEntry(place.path(), false, writer.size(), set == null ? shared.clock.instant() : set, true);
    }

    @Override
    public void setModified(Instant time) {
        modified = time;
        writer.attributes(ObjectFileSystem.withModified(time));
    }

    @Override
    public FileEntry commit() throws VfsException {
        try {
            synchronized (this) {
                requireOpen();
                ended = true;
            }
            if (incomplete) {
                VfsException cause = refused;
                throw new VfsException(
                        cause == null ? Failure.INTERNAL : cause.failure(),
                        place.path(),
                        "The file was not stored, since a write to it had failed.",
                        cause);
            }
            if (!early.isEmpty()) {
                throw new VfsException(
                        Failure.INTEGRITY,
                        place.path(),
                        "The bytes from " + writer.size() + " to " + early.firstKey() + " were never written.");
            }
            return fileSystem.publish(place, mode, writer, Optional.ofNullable(modified), digests, checked);
        } finally {
            end();
        }
    }

    @Override
    public void close() {
        synchronized (this) {
            if (ended) {
                return;
            }
            ended = true;
        }
        end();
    }
}
