package dev.slipway.core.vfs;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import dev.slipway.core.Failure;
import dev.slipway.core.PosixAttributes;
import dev.slipway.core.VfsException;
import dev.slipway.core.event.StoredObject;
import dev.slipway.core.store.BaseVersion;
import dev.slipway.core.store.InterruptedUpload;
import dev.slipway.core.store.ObjectKey;
import dev.slipway.core.store.ObjectWriter;
import dev.slipway.core.store.StoredVersion;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** An upload, from its first byte to what ends it. {@link UploadContent} takes its bytes. */
final class ObjectUpload implements FileUpload, IdleTransfers.Transfer {
    private static final Logger log = LoggerFactory.getLogger(ObjectUpload.class);

    private final AccountAccess access;
    private final ObjectFileSystems shared;
    private final UploadCommit commit;
    private final UploadTarget target;
    private final ObjectWriter writer;
    private final UploadOptions options;
    private final UploadContent content;
    private final ObjectKey key;
    private final String account;

    /** How many bytes there were when it began or resumed. */
    private final long start;

    private volatile PosixAttributes posix = PosixAttributes.NONE;
    private volatile @Nullable Instant modified;
    private volatile @Nullable StoredObject stored;
    private volatile boolean closed;

    @GuardedBy("this")
    private State state = new State.Waiting();

    @GuardedBy("this")
    private boolean superseded;

    @GuardedBy("this")
    private Instant lastWrite;

    /**
     * What an upload is doing. The first two alternate until one of the others ends it. An upload that ended while a write
     * was under way may still become refused.
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
     * Begins an upload.
     *
     * @param options whether it may have holes; the rest was applied when the writer was opened
     * @param inspection owned by this; null if nothing is inspected
     */
    ObjectUpload(
            AccountAccess access,
            ObjectFileSystems shared,
            UploadCommit commit,
            UploadTarget target,
            ObjectWriter writer,
            UploadOptions options,
            @Nullable UploadInspection inspection) {
        this.access = access;
        this.shared = shared;
        this.commit = commit;
        this.target = target;
        this.writer = writer;
        this.key = target.location().file();
        this.account = target.owner().account();
        this.start = writer.size();
        this.options = options;
        this.content = new UploadContent(
                access, shared, target, writer, inspection, options.holes(), this::hasEnded, () -> closed);
        this.lastWrite = shared.clock.instant();
        if (access.keepsPosix() && !options.posix().isEmpty()) {
            describe();
        }
        shared.idle.add(this);
        shared.unsettled.begun(key, account, this);
    }

    /** See {@link UploadContent#startAt}. */
    void startAt(long offset) {
        content.startAt(offset);
    }

    /** A newer upload of the path has begun, or it was deleted: after an interruption, nobody wants to resume this one. */
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

    private boolean hasEnded() {
        return !state().isOpen();
    }

    /**
     * Whether its account could resume it and nothing more comes: nothing has since a moment, though it is the client's
     * turn, or the store has refused what was sent, which the client has yet to be told.
     */
    synchronized boolean isStalledSince(Instant moment) {
        return writer.isResumable()
                && state instanceof State.Waiting
                && !superseded
                && writer.failure().map(ObjectUpload::isTransient).orElse(lastWrite.isBefore(moment))
                && isWorthKeeping();
    }

    /** Whether the client could resume here, and something was added to the version that is changed. */
    private boolean isWorthKeeping() {
        BaseVersion base = target.base();
        return !content.isFilledEarly() && (base == null || writer.keptBytes() > base.bytes());
    }

    /** What the store would keep if the client were found to be gone now. */
    InterruptedUpload asInterrupted() {
        Instant since;
        synchronized (this) {
            since = lastWrite;
        }
        return new InterruptedUpload("", key, target.owner(), "", writer.keptBytes(), modified, since);
    }

    @Override
    public void write(long offset, ByteBuffer data) throws VfsException {
        beginWrite();
        VfsException failure = null;
        boolean taken = false;
        try {
            content.write(offset, data);
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
     * This cannot become a file any more. It ends here and not when the client ends it: a client that asks where it can
     * resume must hear what the store has, and neither what was taken nor the size of an older file.
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
            FailureReports.changing(target.location().path(), () -> writer.expectSize(size));
        } catch (VfsException e) {
            refuse(e);
            throw e;
        }
    }

    @Override
    public void truncate(long size) throws VfsException {
        if (target.base() == null && !options.holes()) {
            FileUpload.super.truncate(size);
            return;
        }
        beginWrite();
        try {
            content.truncate(size);
        } finally {
            endWrite();
        }
    }

    private VfsException over(State end) {
        if (end instanceof State.Refused(VfsException cause) && cause != null) {
            // Clients send many blocks ahead, and may report the last answer only.
            return new VfsException(cause.failure(), target.location().path(), cause.getMessage(), cause);
        }
        return new VfsException(
                Failure.ABORTED,
                target.location().path(),
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
        log.info("The upload of {} was interrupted: no data for {}", key, shared.idle.limit());
        interrupt(null);
    }

    private void end() {
        content.close();
        shared.idle.remove(this);
        shared.unsettled.ended(key, account, this);
        writer.close();
    }

    /**
     * Ends it so that its account can resume it, if that is possible.
     *
     * @param cause what else than the client ended it, or null
     */
    private void interrupt(@Nullable VfsException cause) {
        content.close();
        boolean wanted;
        synchronized (this) {
            // A client that resumes an upload in a wrong way has done no harm as long as nothing of it was taken.
            boolean untouched = start > 0 && writer.size() == start;
            wanted = !superseded && (cause == null || untouched || isInterruption(cause));
        }
        if (wanted && writer.isResumable() && !content.isFilledEarly()) {
            shared.idle.remove(this);
            // In this order: whoever looks for it finds it here or there.
            shared.unsettled.suspend(key, account, writer, modified);
            shared.unsettled.ended(key, account, this);
        } else {
            end();
        }
    }

    /** Whether the client may resume with the same bytes. A gap that it has left in the file is no failure of the store. */
    private static boolean isInterruption(VfsException e) {
        return isTransient(e.failure()) && !(e.failure() == Failure.INTEGRITY && e.getCause() == null);
    }

    /** Whether the store may accept the same bytes later, as the rest of this upload. */
    private static boolean isTransient(Failure failure) {
        return failure.isTemporary() && failure != Failure.CONFLICT && failure != Failure.INTERNAL;
    }

    @Override
    public FileEntry entry() {
        Instant set = modified;
        return new FileEntry(
                        target.location().path(),
                        false,
                        content.length(),
                        set == null ? shared.clock.instant() : set,
                        true)
                .with(access.keepsPosix() ? posix.orElse(options.posix()) : PosixAttributes.NONE);
    }

    @Override
    public void setModified(Instant time) {
        modified = time;
        describe();
    }

    @Override
    public void setPosix(PosixAttributes attributes) {
        if (access.keepsPosix()) {
            posix = attributes.orElse(posix);
            describe();
        }
    }

    /** What other programs read from the object, as far as it is known before the store creates the upload. */
    private void describe() {
        writer.attributes(ObjectMetadata.of(modified, posix.orElse(options.posix())));
    }

    @Override
    public FileEntry commit() throws VfsException {
        VfsException failure = null;
        State before = beginToEnd();
        try {
            if (before instanceof State.Refused(VfsException cause)) {
                throw new VfsException(
                        cause == null ? Failure.INTERNAL : cause.failure(),
                        target.location().path(),
                        "The file was not stored because a write to it failed.",
                        cause);
            }
            if (!before.isOpen()) {
                throw over(before);
            }
            content.fillGaps();
            BaseVersion base = target.base();
            if (base != null && !content.isChanged()) {
                end();
                return unchanged(base);
            }
            content.fillToEnd();
            content.requireAccepted();
            UploadCommit.Published published = commit.publish(
                    target,
                    writer,
                    new SetAttributes(Optional.ofNullable(modified), options.posix(), posix),
                    content.digests());
            stored = published.object();
            end();
            return published.entry();
        } catch (VfsException e) {
            failure = e;
            throw e;
        } catch (RuntimeException e) {
            failure = new VfsException(
                    Failure.INTERNAL, target.location().path(), "Internal error in the gateway; see its log.", e);
            throw e;
        } finally {
            if (failure != null && before.isOpen()) {
                interrupt(failure);
            }
        }
    }

    @Override
    public Optional<StoredObject> stored() {
        return Optional.ofNullable(stored);
    }

    /** Ends an upload that wrote nothing to the file that it was to change: the version stays. */
    private FileEntry unchanged(BaseVersion base) throws VfsException {
        AccountAccess _ = access.writableNow(target.location());
        stored = new StoredObject(
                key.bucket(), key.key(), StoredVersion.of(base.etag()).plainEtag(), null, base.bytes());
        ObjectFileSystem now = access.filesNow(target.location().path());
        Instant time = modified;
        if (time != null) {
            now.setModified(target.location().path(), time);
        }
        return now.stat(target.location().path());
    }

    @Override
    public void abort() {
        closed = true;
        if (beginToEnd().isOpen()) {
            end();
        }
    }

    @Override
    public void close() {
        closed = true;
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
