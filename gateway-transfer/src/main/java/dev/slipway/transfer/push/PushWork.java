package dev.slipway.transfer.push;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import dev.slipway.transfer.job.JobException;
import dev.slipway.transfer.job.JobRun;
import dev.slipway.transfer.job.JobStoppedException;
import dev.slipway.transfer.job.StoredJson;
import dev.slipway.transfer.push.Checkpoint.Piece;
import dev.slipway.transfer.remote.RemoteException;
import dev.slipway.transfer.remote.RemoteFailure;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletionService;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorCompletionService;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Sends the pieces of one file in parallel. What the remote has is stored in the job's checkpoint about once a second
 * and when all pieces have ended. Safe for use by several threads.
 */
final class PushWork {
    private final JobRun run;
    private final String phase;

    @GuardedBy("this")
    private final Set<AutoCloseable> unblocks = new HashSet<>();

    @GuardedBy("this")
    private Checkpoint checkpoint;

    @GuardedBy("this")
    private boolean ended;

    /** Belongs to the thread of the job. */
    private Checkpoint saved;

    /** Sends a piece. */
    @FunctionalInterface
    interface Sender {
        /**
         * Sends what is missing of a piece, and says after each step how far it is; see {@link #written}. Blocks.
         *
         * @param index of the piece
         */
        void send(int index) throws JobException, JobStoppedException, RemoteException;
    }

    /**
     * Continues from a checkpoint.
     *
     * @param phase the step that the job shows meanwhile
     */
    PushWork(JobRun run, String phase, Checkpoint checkpoint) {
        this.run = run;
        this.phase = phase;
        this.checkpoint = checkpoint;
        this.saved = checkpoint;
        run.onStop(this::unblock);
        progress();
    }

    /** A piece as it is now. */
    synchronized Piece piece(int index) {
        return checkpoint.pieces().get(index);
    }

    synchronized Checkpoint checkpoint() {
        return checkpoint;
    }

    SourceVersion version() {
        return checkpoint().version();
    }

    /**
     * The remote has more of a piece. Does not block.
     *
     * @param written see {@link Piece}
     * @param crc likewise
     */
    void written(int index, long written, @Nullable Integer crc) {
        synchronized (this) {
            List<Piece> pieces = new ArrayList<>(checkpoint.pieces());
            pieces.set(index, pieces.get(index).upTo(written, crc));
            checkpoint = checkpoint.withPieces(pieces);
        }
        progress();
    }

    private void save() throws JobException {
        Checkpoint now = checkpoint();
        if (!now.equals(saved)) {
            run.save(StoredJson.write(now));
            saved = now;
        }
    }

    private void progress() {
        Checkpoint now = checkpoint();
        run.progress(phase, now.written(), now.version().size());
    }

    /** Blocks until the time is over or the work is stopped. */
    void pause(long millis) throws JobStoppedException, JobException {
        CountDownLatch stopped = new CountDownLatch(1);
        run.onStop(stopped::countDown);
        try {
            if (stopped.await(millis, TimeUnit.MILLISECONDS)) {
                run.throwIfStopped();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw JobException.temporary("the work was interrupted", e);
        }
    }

    /** Registers something to be closed when the work is to end, so that it no longer blocks. */
    void unblockWith(AutoCloseable blocked) {
        boolean tooLate;
        synchronized (this) {
            tooLate = ended;
            unblocks.add(blocked);
        }
        if (tooLate) {
            close(blocked);
        }
    }

    /** Its owner closes it. */
    synchronized void closed(AutoCloseable blocked) {
        unblocks.remove(blocked);
    }

    private void unblock() {
        List<AutoCloseable> blocked;
        synchronized (this) {
            ended = true;
            blocked = List.copyOf(unblocks);
        }
        blocked.forEach(PushWork::close);
    }

    private static void close(AutoCloseable blocked) {
        try {
            blocked.close();
        } catch (Exception e) {
            // Closed so that its thread fails, and reports that.
        }
    }

    /**
     * Sends all incomplete pieces. The first failure ends all of them, unless the remote refuses additional channels:
     * then the rest is sent by fewer at once, and finally by a single one. Pieces sent in parallel may be refused and
     * the refusal reported after those that held the channels have ended.
     *
     * @param most the most pieces at once, at least 1
     */
    void sendAll(int most, Sender sender) throws JobException, JobStoppedException, RemoteException {
        List<Piece> pieces = checkpoint().pieces();
        Deque<Integer> waiting = new ArrayDeque<>();
        for (int i = 0; i < pieces.size(); i++) {
            if (!pieces.get(i).isWhole()) {
                waiting.add(i);
            }
        }
        Throwable failure = null;
        try (ExecutorService threads = Executors.newFixedThreadPool(
                most, Thread.ofVirtual().name("push-", 0).factory())) {
            CompletionService<Sent> sent = new ExecutorCompletionService<>(threads);
            int running = 0;
            int channels = most;
            try {
                while (running > 0 || (failure == null && !waiting.isEmpty())) {
                    while (failure == null && running < channels && !waiting.isEmpty()) {
                        int index = waiting.remove();
                        boolean alone = channels == 1;
                        sent.submit(() -> send(sender, index, alone));
                        running++;
                    }
                    Sent done = next(sent);
                    if (done == null) {
                        save();
                        continue;
                    }
                    running--;
                    if (done.failure() == null || failure != null) {
                        continue;
                    }
                    if (isRefused(done.failure()) && !done.alone()) {
                        channels = Math.max(1, running);
                        waiting.addFirst(done.index());
                    } else {
                        failure = done.failure();
                        unblock();
                    }
                }
            } finally {
                // Nothing is left to be unblocked, unless it could not be saved.
                unblock();
            }
        }
        save();
        // Calls that a stop has unblocked fail in their own way.
        run.throwIfStopped();
        switch (failure) {
            case null -> {}
            case JobException e -> throw e;
            case JobStoppedException e -> throw e;
            case RemoteException e -> throw e;
            case RuntimeException e -> throw e;
            case Error e -> throw e;
            default -> throw new IllegalStateException(failure);
        }
    }

    /**
     * The result of sending a piece.
     *
     * @param alone whether no other piece was sent meanwhile
     */
    private record Sent(int index, boolean alone, @Nullable Throwable failure) {}

    private Sent send(Sender sender, int index, boolean alone) {
        try {
            if (!isEnded()) {
                sender.send(index);
            }
            return new Sent(index, alone, null);
        } catch (JobException | JobStoppedException | RemoteException | RuntimeException | Error e) {
            return new Sent(index, alone, e);
        }
    }

    private static boolean isRefused(Throwable failure) {
        return failure instanceof RemoteException e && e.failure() == RemoteFailure.NO_CHANNEL;
    }

    private synchronized boolean isEnded() {
        return ended;
    }

    /** The next piece that has ended, or null after a second without one. */
    private static @Nullable Sent next(CompletionService<Sent> sent) throws JobException {
        try {
            Future<Sent> done = sent.poll(1, TimeUnit.SECONDS);
            return done == null ? null : done.resultNow();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw JobException.temporary("the work was interrupted", e);
        }
    }
}
