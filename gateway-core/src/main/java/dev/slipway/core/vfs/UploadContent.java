package dev.slipway.core.vfs;

import dev.slipway.core.Failure;
import dev.slipway.core.VfsException;
import dev.slipway.core.VirtualPath;
import dev.slipway.core.account.AccountLimits;
import dev.slipway.core.store.BaseVersion;
import dev.slipway.core.store.ObjectWriter;
import dev.slipway.core.store.PartPool;
import java.nio.ByteBuffer;
import java.util.OptionalLong;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The bytes of an upload: puts blocks that overtook each other back in order, fills gaps with what the changed version has
 * there, and hands all of it to the store's writer. Used by one thread at a time, except where a method says otherwise.
 */
final class UploadContent implements AutoCloseable {
    /**
     * The most zeroes that an account without a quota adds to a file, in bytes: a request of a few bytes should not cost
     * more.
     */
    private static final long MOST_ZEROES = 256L << 20;

    private final AccountAccess access;
    private final ObjectFileSystems shared;
    private final UploadTarget target;
    private final VirtualPath path;
    private final ObjectWriter writer;
    private final BooleanSupplier ended;
    private final BooleanSupplier abandoned;
    private final UploadDigests digests;
    private final EarlyBlocks early;
    private final @Nullable UploadInspection inspection;
    private final boolean holes;

    /** How many zeroes were added, in bytes. */
    private long zeroes;

    /** Whether zeroes were added before the client said that nothing more comes. */
    private volatile boolean filledEarly;

    /** How much of the changed version is still in the file. */
    private long keptEnd;

    /** How long the file would be now. */
    private volatile long length;

    /** Where the first byte goes; empty if the first write decides. */
    private OptionalLong startAt = OptionalLong.empty();

    private boolean changed;

    /**
     * The bytes of an upload.
     *
     * @param inspection looks at all of them, and is closed with this; null for none, and always if a version is changed
     * @param holes see {@link UploadOptions#holes}
     * @param ended whether the upload is over, so that waiting for the account's bandwidth should end
     * @param abandoned whether the client has left, also during the commit
     */
    UploadContent(
            AccountAccess access,
            ObjectFileSystems shared,
            UploadTarget target,
            ObjectWriter writer,
            @Nullable UploadInspection inspection,
            boolean holes,
            BooleanSupplier ended,
            BooleanSupplier abandoned) {
        this.access = access;
        this.shared = shared;
        this.target = target;
        this.path = target.location().path();
        this.writer = writer;
        this.inspection = inspection;
        this.holes = holes;
        this.ended = ended;
        this.abandoned = abandoned;
        this.digests = new UploadDigests(shared.demand.of(access.account()));
        this.early = new EarlyBlocks(shared.memory.earlyBlocks(), target.owner().account());
        BaseVersion base = target.base();
        this.keptEnd = base == null ? 0 : base.bytes();
        this.length = Math.max(writer.size(), keptEnd);
        this.changed = base == null || writer.size() > 0;
    }

    /** Says where the first byte goes, for a change of a version. To be called before anything is written. */
    void startAt(long offset) {
        startAt = OptionalLong.of(offset);
    }

    /** How long the file would be if it were committed now, in bytes. May be called by any thread. */
    long length() {
        return length;
    }

    /** Whether the commit has anything to store. */
    boolean isChanged() {
        return changed;
    }

    /**
     * Whether the bytes so far may lack some that the client had yet to send, so that it could not resume after them. May
     * be called by any thread.
     */
    boolean isFilledEarly() {
        return filledEarly;
    }

    UploadDigests digests() {
        return digests;
    }

    /** Takes bytes as fast as the account may upload. The client is not read from meanwhile. */
    void write(long offset, ByteBuffer data) throws VfsException {
        if (offset > writer.size()) {
            // An early block is kept as it came: each counts.
            int passed = 0;
            while (passed < data.remaining()) {
                passed += awaitBandwidth(data.remaining() - passed);
            }
            take(offset, data);
            return;
        }
        long next = offset;
        while (data.hasRemaining()) {
            int step = awaitBandwidth(data.remaining());
            take(next, data.slice(data.position(), step));
            data.position(data.position() + step);
            next += step;
        }
    }

    /** Returns how many bytes may be taken now, at least 1. */
    private int awaitBandwidth(int bytes) {
        return shared.bandwidth.awaitUpload(access.transferring(), bytes, ended);
    }

    private void take(long offset, ByteBuffer data) throws VfsException {
        if (!data.hasRemaining()) {
            return;
        }
        AccountAccess _ = access.writableNow(target.location());
        changed = true;
        if (startAt.isPresent() && startAt.getAsLong() == offset) {
            fillUpTo(offset);
        }
        long next = writer.size();
        if (offset < next) {
            throw new VfsException(
                    Failure.UNSUPPORTED, path, "Bytes before " + next + " were already written and cannot change.");
        }
        if (offset > next) {
            keep(offset, data);
            return;
        }
        append(data);
        takeEarly();
    }

    private void append(ByteBuffer data) throws VfsException {
        if (inspection != null) {
            inspection.add(data);
        }
        digests.update(writer.size(), data);
        FailureReports.changing(path, () -> writer.write(data));
        length = Math.max(length, writer.size());
    }

    private void takeEarly() throws VfsException {
        while (true) {
            try (EarlyBlocks.Block block = early.take(writer.size())) {
                if (block == null) {
                    return;
                }
                if (block.offset() < writer.size()) {
                    throw new VfsException(Failure.UNSUPPORTED, path, "Blocks of the upload overlap.");
                }
                for (ByteBuffer piece : block.pieces()) {
                    append(piece);
                }
            }
        }
    }

    /**
     * Keeps an early block. If there is no memory for it, the gap before it is filled if it lies in the file; if there are
     * too many, also if the file may have holes.
     */
    private void keep(long offset, ByteBuffer data) throws VfsException {
        long end = offset + data.remaining();
        EarlyBlocks.Answer answer = early.add(offset, data);
        while (answer != EarlyBlocks.Answer.KEPT && isFirstGapInFile()) {
            fillFirstGap();
            if (offset <= writer.size()) {
                take(offset, data);
                return;
            }
            answer = early.add(offset, data);
        }
        while (answer == EarlyBlocks.Answer.TOO_MANY
                && holes
                && early.firstOffset().isPresent()) {
            filledEarly = true;
            fillFirstGap();
            if (offset <= writer.size()) {
                take(offset, data);
                return;
            }
            answer = early.add(offset, data);
        }
        switch (answer) {
            case KEPT -> {
                if (holes || (target.base() != null && offset <= length)) {
                    length = Math.max(length, end);
                }
            }
            case BUSY ->
                throw new VfsException(
                        Failure.BUSY,
                        path,
                        "The memory for out-of-order blocks is in use, and byte " + writer.size()
                                + " is missing. Try again later, or make the client send blocks in order.");
            case TOO_MANY, TWICE ->
                throw new VfsException(
                        Failure.UNSUPPORTED,
                        path,
                        "The upload must be written from its beginning to its end; byte " + writer.size()
                                + " is missing.");
        }
    }

    /** Whether the first gap lies within the file that is changed. */
    private boolean isFirstGapInFile() {
        OptionalLong first = early.firstOffset();
        return target.base() != null && first.isPresent() && first.getAsLong() <= length;
    }

    /** Fills the first gap with what the file has there, since nothing more is to be written into it. */
    private void fillFirstGap() throws VfsException {
        OptionalLong first = early.firstOffset();
        if (first.isPresent()) {
            fillUpTo(first.getAsLong());
            takeEarly();
        }
    }

    /** Adds what the file has between the last byte that was taken and an offset; zeroes after its end. */
    private void fillUpTo(long offset) throws VfsException {
        long kept = Math.min(offset, keptEnd);
        if (writer.size() < kept) {
            FailureReports.changing(path, () -> writer.retain(kept));
        }
        if (writer.size() < offset) {
            requireZeroes(offset - writer.size());
            // Fails at once if the quota does not suffice.
            FailureReports.changing(path, () -> writer.expectSize(offset));
        }
        ByteBuffer zeroBytes = ByteBuffer.allocate(PartPool.CHUNK_BYTES);
        while (writer.size() < offset) {
            // This may take long, and the client need not be there.
            AccountAccess _ = access.writableNow(target.location());
            int most = (int) Math.min(zeroBytes.capacity(), offset - writer.size());
            int step = shared.bandwidth.awaitUpload(access.transferring(), most, abandoned);
            if (abandoned.getAsBoolean()) {
                throw new VfsException(Failure.ABORTED, path, "The client left before the file was complete.");
            }
            append(zeroBytes.clear().limit(step));
        }
    }

    /** Fails if so many zeroes are too many; a quota bounds them otherwise. */
    private void requireZeroes(long more) throws VfsException {
        zeroes += more;
        if (zeroes > MOST_ZEROES && !hasQuota()) {
            throw new VfsException(
                    Failure.TOO_LARGE,
                    path,
                    "At most 256 MiB of zero bytes can be added to a file if the account has no quota; send all of it.");
        }
    }

    private boolean hasQuota() {
        return shared.quotas
                .room(access.account())
                .filter(room -> room.bytes() != AccountLimits.NONE)
                .isPresent();
    }

    /** See {@link FileUpload#truncate}; only for a change of a version, and for a file that may have holes. */
    void truncate(long size) throws VfsException {
        while (isFirstGapInFile()) {
            fillFirstGap();
        }
        if (size == length) {
            return;
        }
        if (size < Math.max(writer.size(), early.end())
                || (!holes && early.firstOffset().isPresent())) {
            throw new VfsException(
                    Failure.UNSUPPORTED,
                    path,
                    "The size cannot become " + size + ": " + Math.max(writer.size(), early.end())
                            + " bytes were already written and cannot change.");
        }
        if (!holes && size - Math.max(writer.size(), Math.min(size, keptEnd)) > MOST_ZEROES) {
            throw new VfsException(
                    Failure.TOO_LARGE,
                    path,
                    "At most " + MOST_ZEROES + " zero bytes can be added to a file; send all of it.");
        }
        AccountAccess _ = access.writableNow(target.location());
        changed = true;
        keptEnd = Math.min(keptEnd, size);
        length = size;
    }

    /** Fills the gaps that lie in the file, and holes. Fails if there is another gap, which the client has left. */
    void fillGaps() throws VfsException {
        while (isFirstGapInFile() || (holes && early.firstOffset().isPresent())) {
            fillFirstGap();
        }
        OptionalLong gap = early.firstOffset();
        if (gap.isPresent()) {
            throw new VfsException(
                    Failure.INTEGRITY,
                    path,
                    "The bytes from " + writer.size() + " to " + gap.getAsLong() + " were never written.");
        }
    }

    /** Adds the rest of the file behind what was written. */
    void fillToEnd() throws VfsException {
        fillUpTo(length);
    }

    /** Fails unless the file may appear, now that all of its bytes are there. Blocks while they are inspected. */
    void requireAccepted() throws VfsException {
        if (inspection != null) {
            inspection.requireAccepted();
        }
    }

    /** Returns the memory of early blocks, and ends the inspection. May be called by any thread. */
    @Override
    public void close() {
        early.close();
        if (inspection != null) {
            inspection.close();
        }
    }
}
