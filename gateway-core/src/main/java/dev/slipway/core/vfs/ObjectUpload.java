package dev.slipway.core.vfs;

import dev.slipway.core.Failure;
import dev.slipway.core.VfsException;
import dev.slipway.core.store.BaseVersion;
import dev.slipway.core.store.InterruptedUpload;
import dev.slipway.core.store.ObjectWriter;
import dev.slipway.core.store.PartPool;
import dev.slipway.core.store.UploadOwner;
import dev.slipway.core.vfs.Mounts.ObjectLocation;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.Optional;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** An upload: puts out-of-order blocks back in order and passes the bytes to the store's writer. */
final class ObjectUpload implements FileUpload, IdleTransfers.Transfer {
    private static final Logger log = LoggerFactory.getLogger(ObjectUpload.class);

    /** The most zeros that may be added to a file: a request of a few bytes should not cost more. */
    private static final long MOST_ZEROES = 256L << 20;

    private final ObjectFileSystem fileSystem;
    private final ObjectFileSystems shared;
    private final ObjectLocation location;
    private final CreateMode mode;
    private final ObjectWriter writer;
    private final String account;

    /** The bytes that the upload began with: those of an interrupted upload or of the version that is changed. */
    private final long start;

    private final UploadOwner owner;

    /** The version that is changed, or null. */
    private final @Nullable BaseVersion base;

    private final KnownDirectories.Moment checked;
    private final UploadDigests digests;
    private final EarlyBlocks early;

    /** How much of the version that is changed remains, and the size that the file would have. */
    private long keptEnd;

    private volatile long length;

    /** The offset of the first byte; negative if the first write determines it. */
    private long startAt = VirtualFileSystem.ANYWHERE;

    /** Whether anything was changed. */
    private boolean changed;

    private volatile @Nullable Instant modified;

    /** Guarded by this object, like the following fields. */
    private State state = new State.Waiting();

    private boolean superseded;
    private Instant lastWrite;

    /**
     * The state of an upload. Waiting and writing alternate until one of the others ends the upload. An upload that
     * ended while a write was under way may still change to refused.
     */
    private sealed interface State {
        /** Waits for the client. */
        record Waiting() implements State {}

        /** A write is under way: it waits for the store or for memory, not for the client. */
        record Writing() implements State {}

        /** A write failed, which ended the upload. */
        record Refused(@Nullable VfsException cause) implements State {}

        /** The client sent nothing for too long. */
        record TimedOut() implements State {}

        /** The upload was committed, aborted or closed. */
        record Ended() implements State {}

        default boolean isOpen() {
            return this instanceof Waiting || this instanceof Writing;
        }
    }

    /**
     * @param owner who can resume the upload if it is interrupted, and the version that it changes
     * @param checked see {@link ObjectFileSystem#publish}
     */
    ObjectUpload(
            ObjectFileSystem fileSystem,
            ObjectFileSystems shared,
            ObjectLocation location,
            CreateMode mode,
            ObjectWriter writer,
            UploadOwner owner,
            KnownDirectories.Moment checked) {
        this.fileSystem = fileSystem;
        this.shared = shared;
        this.location = location;
        this.mode = mode;
        this.writer = writer;
        this.owner = owner;
        this.account = owner.account();
        this.start = writer.size();
        this.base = owner.base();
        this.keptEnd = base == null ? 0 : base.bytes();
        this.length = Math.max(start, keptEnd);
        this.changed = base == null || start > 0;
        this.checked = checked;
        this.early = new EarlyBlocks(shared.memory.earlyBlocks(), account);
        this.digests = new UploadDigests(shared.demand.of(fileSystem.account()));
        this.lastWrite = shared.clock.instant();
        shared.idle.add(this);
        shared.unsettled.begun(location.file(), account, this);
    }

    /** Sets the offset of the first byte of an upload that changes a version. To be called before the first write. */
    void startAt(long offset) {
        startAt = offset;
    }

    /**
     * The account has started a newer upload of the path, or deleted it: if this upload is interrupted, it is not kept.
     */
    synchronized void supersede() {
        superseded = true;
    }

    @Override
    public synchronized boolean isSuperseded() {
        return superseded;
    }

    @Override
    public boolean hasFailed() {
        return state() instanceof State.Refused || writer.failure().isPresent();
    }

    private synchronized State state() {
        return state;
    }

    /**
     * Whether the upload is stalled and its account could resume it: its client has sent nothing since a moment
     * although it is its turn, or the store has refused the bytes and the client does not know yet.
     */
    synchronized boolean isStalledSince(Instant moment) {
        return writer.isResumable()
                && state instanceof State.Waiting
                && !superseded
                && writer.failure().map(ObjectUpload::isTransient).orElseGet(() -> lastWrite.isBefore(moment))
                && isWorthKeeping();
    }

    /** Whether the upload has more bytes to resume behind than the version that it changes. */
    private boolean isWorthKeeping() {
        return base == null || writer.keptBytes() > base.bytes();
    }

    /** What stat would show if the client's connection turned out to be lost now. */
    InterruptedUpload asInterrupted() {
        Instant since;
        synchronized (this) {
            since = lastWrite;
        }
        return new InterruptedUpload("", location.file(), owner, "", writer.keptBytes(), modified, since);
    }

    @Override
    public void write(long offset, ByteBuffer data) throws VfsException {
        beginWrite();
        VfsException failure = null;
        boolean taken = false;
        try {
            takeInSteps(offset, data);
            taken = true;
        } catch (VfsException e) {
            failure = e;
            throw e;
        } finally {
            if (taken) {
                endWrite();
            } else {
                refuse(failure);
            }
        }
    }

    private synchronized void beginWrite() throws VfsException {
        if (!state.isOpen()) {
            throw over(state);
        }
        state = new State.Writing();
    }

    private synchronized void endWrite() {
        lastWrite = shared.clock.instant();
        if (state.isOpen()) {
            state = new State.Waiting();
        }
    }

    /**
     * Marks the upload as refused. This does not wait for the client to end it: a client that asks for the restart
     * offset must get what the store has, not the bytes taken so far and not the size of an older file.
     */
    private void refuse(@Nullable VfsException cause) {
        boolean first;
        synchronized (this) {
            lastWrite = shared.clock.instant();
            first = state.isOpen();
            state = new State.Refused(cause);
        }
        if (first) {
            interrupt(cause);
        }
    }

    @Override
    public void expectSize(long size) throws VfsException {
        try {
            ObjectFileSystem.changing(location.path(), () -> writer.expectSize(size));
        } catch (VfsException e) {
            refuse(e);
            throw e;
        }
    }

    private VfsException over(State end) {
        if (end instanceof State.Refused(VfsException cause) && cause != null) {
            // Clients send many blocks ahead, and some report only the last answer.
            return new VfsException(cause.failure(), location.path(), cause.getMessage(), cause);
        }
        return new VfsException(
                Failure.ABORTED,
                location.path(),
                end instanceof State.TimedOut
                        ? "The upload was interrupted because no data arrived for "
                                + shared.idle.limit().toSeconds() + " s; resume it, or send the file again."
                        : "The upload has ended.");
    }

    @Override
    public void releaseIfIdleSince(Instant moment) {
        synchronized (this) {
            if (!(state instanceof State.Waiting) || lastWrite.isAfter(moment)) {
                return;
            }
            state = new State.TimedOut();
        }
        log.info("The upload of {} was interrupted: no data for {}", location.file(), shared.idle.limit());
        interrupt(null);
    }

    private void end() {
        early.close();
        shared.idle.remove(this);
        shared.unsettled.ended(location.file(), account, this);
        writer.close();
    }

    /** @param cause the failure that ended it; null if the client did */
    private void interrupt(@Nullable VfsException cause) {
        early.close();
        boolean wanted;
        synchronized (this) {
            // A failed attempt to resume does no harm as long as none of its bytes was taken.
            boolean untouched = start > 0 && writer.size() == start;
            wanted = !superseded && (cause == null || untouched || isInterruption(cause));
        }
        if (wanted && writer.isResumable()) {
            shared.idle.remove(this);
            // In this order, so that a concurrent lookup finds the upload in one place or the other.
            shared.unsettled.suspend(location.file(), account, writer, modified);
            shared.unsettled.ended(location.file(), account, this);
        } else {
            end();
        }
    }

    /**
     * Whether the client may resume with the same bytes. A gap that it left in the file is not a failure of the store.
     */
    private static boolean isInterruption(VfsException e) {
        return isTransient(e.failure()) && !(e.failure() == Failure.INTEGRITY && e.getCause() == null);
    }

    /** Whether the store may accept the same bytes later. */
    private static boolean isTransient(Failure failure) {
        return switch (failure) {
            case BUSY, UNAVAILABLE, ABORTED, INTEGRITY -> true;
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
                    INTERNAL -> false;
        };
    }

    /** Takes bytes as fast as the account may upload. The client is not read from meanwhile. */
    private void takeInSteps(long offset, ByteBuffer data) throws VfsException {
        if (offset > writer.size()) {
            // An out-of-order block is held as one piece: each block counts towards the limit.
            int passed = 0;
            while (passed < data.remaining()) {
                passed += fileSystem.awaitUpload(data.remaining() - passed, this::hasEnded);
            }
            take(offset, data);
            return;
        }
        long next = offset;
        while (data.hasRemaining()) {
            int step = fileSystem.awaitUpload(data.remaining(), this::hasEnded);
            take(next, data.slice(data.position(), step));
            data.position(data.position() + step);
            next += step;
        }
    }

    private boolean hasEnded() {
        return !state().isOpen();
    }

    private void take(long offset, ByteBuffer data) throws VfsException {
        if (!data.hasRemaining()) {
            return;
        }
        ObjectFileSystem _ = fileSystem.writableNow(location);
        changed = true;
        if (offset == startAt) {
            keepUpTo(offset);
        }
        long next = writer.size();
        if (offset < next) {
            throw new VfsException(
                    Failure.UNSUPPORTED,
                    location.path(),
                    "Bytes before " + next + " were already written and cannot change.");
        }
        if (offset > next) {
            keep(offset, data);
            return;
        }
        append(data);
        takeEarly();
    }

    private void takeEarly() throws VfsException {
        while (true) {
            try (EarlyBlocks.Block block = early.take(writer.size())) {
                if (block == null) {
                    return;
                }
                if (block.offset() < writer.size()) {
                    throw new VfsException(Failure.UNSUPPORTED, location.path(), "Blocks of the upload overlap.");
                }
                for (ByteBuffer piece : block.pieces()) {
                    append(piece);
                }
            }
        }
    }

    /** Treats the first gap as left out on purpose: the file keeps its bytes there. */
    private void keepFirstGap() throws VfsException {
        OptionalLong first = early.firstOffset();
        if (first.isPresent()) {
            keepUpTo(first.getAsLong());
            takeEarly();
        }
    }

    /** Whether the first gap lies within the file that is changed. */
    private boolean isFirstGapFilled() {
        OptionalLong first = early.firstOffset();
        return base != null && first.isPresent() && first.getAsLong() <= length;
    }

    /** Keeps the file's existing bytes from the last byte taken up to an offset. */
    private void keepUpTo(long offset) throws VfsException {
        long kept = Math.min(offset, keptEnd);
        if (writer.size() < kept) {
            ObjectFileSystem.changing(location.path(), () -> writer.retain(kept));
        }
        ByteBuffer zeroes = ByteBuffer.allocate(PartPool.CHUNK_BYTES);
        while (writer.size() < offset) {
            append(zeroes.clear().limit((int) Math.min(zeroes.capacity(), offset - writer.size())));
        }
    }

    @Override
    public void truncate(long size) throws VfsException {
        if (base == null) {
            FileUpload.super.truncate(size);
            return;
        }
        beginWrite();
        try {
            while (isFirstGapFilled()) {
                keepFirstGap();
            }
            if (size == length) {
                return;
            }
            if (size < writer.size() || early.firstOffset().isPresent()) {
                throw new VfsException(
                        Failure.UNSUPPORTED,
                        location.path(),
                        "The size cannot become " + size + ": " + writer.size()
                                + " bytes were already written and cannot change.");
            }
            if (size - Math.max(writer.size(), Math.min(size, keptEnd)) > MOST_ZEROES) {
                throw new VfsException(
                        Failure.TOO_LARGE,
                        location.path(),
                        "At most " + MOST_ZEROES + " zero bytes can be added to a file; send all of it.");
            }
            ObjectFileSystem _ = fileSystem.writableNow(location);
            changed = true;
            keptEnd = Math.min(keptEnd, size);
            length = size;
        } finally {
            endWrite();
        }
    }

    private void keep(long offset, ByteBuffer data) throws VfsException {
        long end = offset + data.remaining();
        EarlyBlocks.Answer answer = early.add(offset, data);
        while (answer != EarlyBlocks.Answer.KEPT && isFirstGapFilled()) {
            keepFirstGap();
            if (offset <= writer.size()) {
                take(offset, data);
                return;
            }
            answer = early.add(offset, data);
        }
        switch (answer) {
            case KEPT -> {
                if (base != null && offset <= length) {
                    length = Math.max(length, end);
                }
            }
            case BUSY ->
                throw new VfsException(
                        Failure.BUSY,
                        location.path(),
                        "The memory for out-of-order blocks is in use, and byte " + writer.size()
                                + " is missing. Try again later, or make the client send blocks in order.");
            case TOO_MANY, TWICE ->
                throw new VfsException(
                        Failure.UNSUPPORTED,
                        location.path(),
                        "The upload must be written from its beginning to its end; byte " + writer.size()
                                + " is missing.");
        }
    }

    private void append(ByteBuffer data) throws VfsException {
        digests.update(writer.size(), data);
        ObjectFileSystem.changing(location.path(), () -> writer.write(data));
        length = Math.max(length, writer.size());
    }

    @Override
    public FileEntry entry() {
        Instant set = modified;
        return new FileEntry(location.path(), false, length, set == null ? shared.clock.instant() : set, true);
    }

    @Override
    public void setModified(Instant time) {
        modified = time;
        writer.attributes(ObjectFileSystem.withModified(time));
    }

    @Override
    public FileEntry commit() throws VfsException {
        VfsException failure = null;
        State before = beginToEnd();
        try {
            if (before instanceof State.Refused(VfsException cause)) {
                throw new VfsException(
                        cause == null ? Failure.INTERNAL : cause.failure(),
                        location.path(),
                        "The file was not stored because a write to it failed.",
                        cause);
            }
            if (!before.isOpen()) {
                throw over(before);
            }
            while (isFirstGapFilled()) {
                keepFirstGap();
            }
            OptionalLong gap = early.firstOffset();
            if (gap.isPresent()) {
                throw new VfsException(
                        Failure.INTEGRITY,
                        location.path(),
                        "The bytes from " + writer.size() + " to " + gap.getAsLong() + " were never written.");
            }
            if (!changed) {
                end();
                return unchanged();
            }
            keepUpTo(length);
            FileEntry stored =
                    fileSystem.publish(location, mode, base, writer, Optional.ofNullable(modified), digests, checked);
            end();
            return stored;
        } catch (VfsException e) {
            failure = e;
            throw e;
        } catch (RuntimeException e) {
            failure = new VfsException(
                    Failure.INTERNAL, location.path(), "Internal error in the gateway; see its log.", e);
            throw e;
        } finally {
            if (failure != null && before.isOpen()) {
                interrupt(failure);
            }
        }
    }

    /** Ends an upload that wrote nothing to the file that it was to change. */
    private FileEntry unchanged() throws VfsException {
        ObjectFileSystem now = fileSystem.writableNow(location);
        Instant time = modified;
        if (time != null) {
            now.setModified(location.path(), time);
        }
        return now.stat(location.path());
    }

    @Override
    public void abort() {
        if (beginToEnd().isOpen()) {
            end();
        }
    }

    @Override
    public void close() {
        if (beginToEnd().isOpen()) {
            interrupt(null);
        }
    }

    /** Ends the upload, unless it has ended already. Returns the state before. */
    private synchronized State beginToEnd() {
        State before = state;
        if (before.isOpen()) {
            state = new State.Ended();
        }
        return before;
    }
}
