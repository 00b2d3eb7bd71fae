package dev.slipway.ingest.pull;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import dev.slipway.transfer.remote.RemoteConnection;
import dev.slipway.transfer.remote.RemoteException;
import dev.slipway.transfer.remote.RemoteFailure;
import dev.slipway.transfer.remote.RemoteReadChannel;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The channels that a run reads files on: at most as many as the remote may be used with at once, fewer if its server
 * refuses more. Thread-safe.
 */
final class ReadChannels implements AutoCloseable {
    private final RemoteConnection connection;

    @GuardedBy("this")
    private final Deque<RemoteReadChannel> idle = new ArrayDeque<>();

    /** How many there may be. */
    @GuardedBy("this")
    private int most;

    /** How many there are or are being opened, idle or not. */
    @GuardedBy("this")
    private int open;

    @GuardedBy("this")
    private boolean closed;

    /** @param most at least 1 */
    ReadChannels(RemoteConnection connection, int most) {
        this.connection = connection;
        this.most = most;
    }

    /**
     * Takes a channel. Blocks until there is one.
     *
     * @return to be {@linkplain #giveBack given back} or {@linkplain #discard discarded}
     * @throws RemoteException NO_CHANNEL: the server opens none at all
     */
    RemoteReadChannel take() throws RemoteException, InterruptedException {
        while (true) {
            synchronized (this) {
                while (idle.isEmpty() && open >= most && !closed) {
                    wait();
                }
                requireOpen();
                if (!idle.isEmpty()) {
                    return idle.pop();
                }
                open++;
            }
            RemoteReadChannel channel = opened();
            if (channel != null) {
                return channel;
            }
        }
    }

    /** Takes a channel if there is one, or may be one. */
    Optional<RemoteReadChannel> tryTake() throws RemoteException {
        synchronized (this) {
            requireOpen();
            if (!idle.isEmpty()) {
                return Optional.of(idle.pop());
            }
            if (open >= most) {
                return Optional.empty();
            }
            open++;
        }
        return Optional.ofNullable(opened());
    }

    @GuardedBy("this")
    private void requireOpen() throws RemoteException {
        if (closed) {
            throw new RemoteException(RemoteFailure.UNREACHABLE, "the run ends");
        }
    }

    /** Opens the channel that was counted already; null if the server opens no more, but has others open. */
    private @Nullable RemoteReadChannel opened() throws RemoteException {
        boolean done = false;
        try {
            RemoteReadChannel channel = connection.openReadChannel();
            done = true;
            return channel;
        } catch (RemoteException e) {
            if (e.failure() == RemoteFailure.NO_CHANNEL && isWithoutAnother()) {
                return null;
            }
            throw e;
        } finally {
            if (!done) {
                gone();
            }
        }
    }

    /** Makes do with the channels that are open besides the refused one, if there are any. */
    private synchronized boolean isWithoutAnother() {
        most = Math.max(1, Math.min(most, open - 1));
        return open > 1;
    }

    private synchronized void gone() {
        open--;
        notifyAll();
    }

    /** A channel is no longer used. */
    void giveBack(RemoteReadChannel channel) {
        synchronized (this) {
            if (!closed) {
                idle.push(channel);
                notifyAll();
                return;
            }
        }
        discard(channel);
    }

    /** A channel is not to be used again, since a read on it has failed. */
    void discard(RemoteReadChannel channel) {
        channel.close();
        gone();
    }

    /** Closes the unused channels, and the others when they are given back. Whoever waits for one fails. */
    @Override
    public void close() {
        Deque<RemoteReadChannel> unused;
        synchronized (this) {
            closed = true;
            unused = new ArrayDeque<>(idle);
            idle.clear();
            notifyAll();
        }
        unused.forEach(this::discard);
    }
}
