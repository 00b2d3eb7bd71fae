package dev.slipway.core.vfs;

import dev.slipway.core.Failure;
import dev.slipway.core.VfsException;
import dev.slipway.core.store.ObjectWriter;
import dev.slipway.core.store.SuspendedUpload;
import dev.slipway.core.store.UploadOwner;
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
    private final String account;

    /** The bytes that were there at the beginning. */
    private final long start;

    private final KnownDirectories.Moment checked;
    private final UploadDigests digests;
    private final TreeMap<Long, ByteBuffer> early = new TreeMap<>();
    private long earlyBytes;
    private volatile @Nullable Instant modified;
    private volatile boolean incomplete;
    private volatile @Nullable VfsException refused;

    /** These are guarded by this object, and so is {@link #early} between two writes. */
    private boolean ended;

    private boolean superseded;
    private boolean wasIdle;
    private boolean writing;
    private Instant lastWrite;

    /**
     * @param account who can go on with it when it is cut off; the writer knows whether anybody can
     * @param checked see {@link ObjectFileSystem#publish}
     */
    ObjectUpload(
            ObjectFileSystem fileSystem,
            ObjectFileSystems shared,
            Place place,
            CreateMode mode,
            ObjectWriter writer,
            String account,
            KnownDirectories.Moment checked) {
        this.fileSystem = fileSystem;
        this.shared = shared;
        this.place = place;
        this.mode = mode;
        this.writer = writer;
        this.account = account;
        this.start = writer.size();
        this.checked = checked;
        this.digests = new UploadDigests(shared.demand.of(fileSystem.account()));
        this.lastWrite = shared.clock.instant();
        shared.idle.add(this);
        shared.suspensions.begun(place.file(), account, this);
    }

    /** A newer upload of the path has begun, or it was deleted: if this one is cut off, nobody wants to go on with it. */
    synchronized void supersede() {
        superseded = true;
    }

    @Override
    public synchronized boolean isSuperseded() {
        return superseded;
    }

    /** Whether nothing has come since a moment, though it is the client's turn, and its account could go on with it. */
    synchronized boolean isSilentSince(Instant moment) {
        return writer.isResumable() && !ended && !superseded && !writing && lastWrite.isBefore(moment);
    }

    /** What the store would keep if the client were found to be cut off now. */
    SuspendedUpload asSuspended() {
        Instant since;
        synchronized (this) {
            since = lastWrite;
        }
        UploadOwner owner = new UploadOwner(account, true, mode == CreateMode.NEW);
        return new SuspendedUpload("", place.file(), owner, "", writer.keptBytes(), modified, since);
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
                                    + shared.idle.limit().toSeconds() + " s; go on with it, or send the file again."
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
        log.info("The upload of {} was ended: nothing came for {}", place.file(), shared.idle.limit());
        endCutOff(null);
    }

    private void end() {
        shared.idle.remove(this);
        shared.suspensions.ended(place.file(), account, this);
        writer.close();
    }

    /** @param cause what else than the client ended it, or null */
    private void endCutOff(@Nullable VfsException cause) {
        boolean wanted;
        synchronized (this) {
            // A client that goes on with an upload in a wrong way has done no harm as long as nothing of it was taken.
            boolean untouched = start > 0 && writer.size() == start;
            wanted = !superseded && (cause == null || untouched || isTransient(cause.failure()));
        }
        if (wanted && writer.isResumable()) {
            shared.idle.remove(this);
            // In this order: whoever looks for it finds it here or there.
            shared.suspensions.suspend(place.file(), account, writer, modified);
            shared.suspensions.ended(place.file(), account, this);
        } else {
            end();
        }
    }

    /** Whether the same bytes may be taken later. */
    private static boolean isTransient(Failure failure) {
        return switch (failure) {
            case BUSY, UNAVAILABLE, ABORTED -> true;
            case NOT_FOUND,
                    PERMISSION_DENIED,
                    ALREADY_EXISTS,
                    DIRECTORY_NOT_EMPTY,
                    NOT_A_DIRECTORY,
                    IS_A_DIRECTORY,
                    NAME_INVALID,
                    UNSUPPORTED,
                    ARCHIVED,
                    QUOTA_EXCEEDED,
                    TOO_LARGE,
                    CONFLICT,
                    INTEGRITY,
                    INTERNAL -> false;
        };
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
        VfsException failure = null;
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
            FileEntry stored = fileSystem.publish(place, mode, writer, Optional.ofNullable(modified), digests, checked);
            end();
            return stored;
        } catch (VfsException e) {
            failure = e;
            throw e;
        } catch (RuntimeException e) {
            failure = new VfsException(Failure.INTERNAL, place.path(), "The gateway failed.", e);
            throw e;
        } finally {
            if (failure != null) {
                endCutOff(failure);
            }
        }
    }

    @Override
    public void abort() {
        if (begunToEnd()) {
            end();
        }
    }

    @Override
    public void close() {
        if (begunToEnd()) {
            endCutOff(refused);
        }
    }

    private synchronized boolean begunToEnd() {
        boolean first = !ended;
        ended = true;
        return first;
    }
}
