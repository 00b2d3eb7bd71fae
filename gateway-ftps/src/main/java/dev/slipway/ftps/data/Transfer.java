package dev.slipway.ftps.data;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One use of a data connection, from before the 150 until after the last reply. ABOR, the end of the control connection
 * and time-outs call {@link #abort}; whether that or {@link #beginCommit()} comes first decides whether an upload
 * becomes a file.
 */
public final class Transfer implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(Transfer.class);

    /** The transfer was aborted. The message says why. */
    static final class AbortedException extends IOException {
        private static final long serialVersionUID = 1L;

        AbortedException(String reason) {
            super(reason);
        }
    }

    private final Executor executor;

    @GuardedBy("this")
    private final List<AutoCloseable> owned = new ArrayList<>();

    @GuardedBy("this")
    private @Nullable String abortReason;

    @GuardedBy("this")
    private boolean committing;

    @GuardedBy("this")
    private @Nullable Future<?> watch;

    private volatile long waitingSince;
    private volatile boolean announced;
    private final AtomicLong bytes = new AtomicLong();

    /** @param executor closes what the transfer owns, since that may block */
    public Transfer(Executor executor) {
        this.executor = executor;
    }

    /** Registers something to be closed when the transfer ends or is aborted, which unblocks its users. */
    public synchronized <T extends AutoCloseable> T own(T resource) throws AbortedException {
        owned.add(resource);
        checkNotAborted();
        return resource;
    }

    /** Aborts the transfer at the client's request, unless it is being committed. Does not block. */
    public void abortOnRequest() {
        abort("Transfer aborted at the client's request.");
    }

    /** Aborts the transfer, unless it is being committed. Does not block. */
    public void abort(String reason) {
        List<AutoCloseable> resources;
        synchronized (this) {
            if (abortReason != null || committing) {
                return;
            }
            abortReason = reason;
            notifyAll();
            resources = List.copyOf(owned);
        }
        executor.execute(() -> resources.reversed().forEach(Transfer::closeQuietly));
    }

    /** Waits until the transfer is aborted, and at most this long. */
    public synchronized void awaitAbort(Duration patience) throws AbortedException {
        long deadline = System.nanoTime() + patience.toNanos();
        long millis = patience.toMillis();
        while (abortReason == null && millis > 0) {
            try {
                wait(millis);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new AbortedException("Server interrupted; transfer aborted.");
            }
            millis = Duration.ofNanos(deadline - System.nanoTime()).toMillis();
        }
        checkNotAborted();
    }

    /** From now on, the transfer cannot be aborted. */
    public synchronized void beginCommit() throws AbortedException {
        checkNotAborted();
        committing = true;
    }

    /** Fails if the transfer was aborted. */
    public synchronized void checkNotAborted() throws AbortedException {
        if (abortReason != null) {
            throw new AbortedException(abortReason);
        }
    }

    /** The reason why the transfer was aborted, or null. */
    public synchronized @Nullable String abortReason() {
        return abortReason;
    }

    /** The client knows of the transfer now: the reply 150 was sent. */
    public void announced() {
        announced = true;
    }

    /** This many more bytes have been received or sent. */
    public void moved(long count) {
        bytes.addAndGet(count);
    }

    /** For the client, or null if the transfer was not announced yet. */
    public @Nullable String progress() {
        return announced ? "Transfer in progress; " + bytes + " bytes so far." : null;
    }

    /** From now on, the transfer waits for the client. */
    public void clientsTurn() {
        waitingSince = System.nanoTime() | 1; // never 0
    }

    /** The client was active. */
    public void ourTurn() {
        waitingSince = 0;
    }

    /** Aborts the transfer if it has waited this long for the client. */
    public void abortIfStalled(Duration patience) {
        long since = waitingSince;
        if (since != 0 && System.nanoTime() - since >= patience.toNanos()) {
            abort("Transfer stalled for " + patience.toSeconds() + " s; transfer aborted.");
        }
    }

    /** Takes what calls {@link #abortIfStalled} from time to time, and cancels it when the transfer ends. */
    public synchronized void watch(Future<?> watching) {
        watch = watching;
    }

    @Override
    public void close() {
        List<AutoCloseable> resources;
        synchronized (this) {
            resources = List.copyOf(owned);
            if (watch != null) {
                watch.cancel(false);
            }
        }
        resources.reversed().forEach(Transfer::closeQuietly);
    }

    private static void closeQuietly(AutoCloseable resource) {
        try {
            resource.close();
        } catch (Exception e) {
            log.warn("{} could not be closed", resource, e);
        }
    }
}
