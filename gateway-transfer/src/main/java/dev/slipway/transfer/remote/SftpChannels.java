package dev.slipway.transfer.remote;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.io.IOException;
import java.util.concurrent.locks.ReentrantLock;
import org.apache.sshd.sftp.client.extensions.openssh.OpenSSHLimitsExtension;
import org.jspecify.annotations.Nullable;

/**
 * The SFTP channels of a connection: one for requests of all kinds, and one for each file that is read or written. If the
 * server opens only the first, one file after the other uses that.
 */
final class SftpChannels {
    /** What every server accepts (draft-ietf-secsh-filexfer-02 section 3: packets of 34000 bytes). */
    private static final int USUAL_WRITE = 32 * 1024;

    /** Larger requests gain nothing, and delay what else is on the connection. */
    static final int LARGEST_WRITE = 128 * 1024;

    private final RemoteLink link;
    private final ChannelOpener opener;
    private final ReentrantLock lock = new ReentrantLock();

    @GuardedBy("lock")
    private @Nullable SftpChannel shared;

    /** The shared channel, if a file uses it. */
    @GuardedBy("lock")
    private @Nullable SftpChannel occupied;

    @GuardedBy("lock")
    private int largestWrite;

    /** @param shared open already, or null */
    SftpChannels(RemoteLink link, ChannelOpener opener, @Nullable SftpChannel shared) {
        this.link = link;
        this.opener = opener;
        this.shared = shared;
    }

    /** The channel that all requests share; opens it if there is none. */
    SftpChannel shared() throws RemoteException {
        lock.lock();
        try {
            SftpChannel present = shared;
            if (present == null || !present.isOpen()) {
                present = open();
                shared = present;
            }
            return present;
        } finally {
            lock.unlock();
        }
    }

    /** The shared channel, if there is one. */
    @Nullable
    SftpChannel present() {
        lock.lock();
        try {
            return shared;
        } finally {
            lock.unlock();
        }
    }

    /**
     * Closes the shared channel so that something else finds a place; the next request opens it again.
     *
     * @return false if there is none, or a file uses it
     */
    boolean makeRoom() {
        lock.lock();
        try {
            SftpChannel present = shared;
            if (present == null || isOccupied()) {
                return false;
            }
            shared = null;
            discard(present);
            return true;
        } finally {
            lock.unlock();
        }
    }

    /**
     * A channel for a file: one of its own, or the shared one.
     *
     * @return to be returned with {@link #done}
     * @throws RemoteException NO_CHANNEL: the server opens no more, and another file uses the shared one
     */
    SftpChannel forFile() throws RemoteException {
        try {
            return open(opener::openIfThereIsRoom);
        } catch (RemoteException e) {
            if (e.failure() != RemoteFailure.NO_CHANNEL) {
                throw e;
            }
            SftpChannel present = shared();
            lock.lock();
            try {
                if (isOccupied()) {
                    throw e;
                }
                occupied = present;
                return present;
            } finally {
                lock.unlock();
            }
        }
    }

    @GuardedBy("lock")
    private boolean isOccupied() {
        return occupied != null && occupied.isOpen();
    }

    /** A file no longer uses its channel. */
    void done(SftpChannel channel) {
        lock.lock();
        try {
            if (channel == occupied) {
                occupied = null;
                return;
            }
        } finally {
            lock.unlock();
        }
        discard(channel);
    }

    /** Opens a channel, which the caller closes. */
    SftpChannel open() throws RemoteException {
        return open(opener::open);
    }

    /** Opens a channel on the connection itself, which the caller closes. */
    SftpChannel openHere() throws RemoteException {
        return open(opener::openHere);
    }

    /** How a channel is opened. */
    @FunctionalInterface
    private interface Way {
        SftpChannel open(ChannelOpener.Opening<SftpChannel> opening) throws IOException;
    }

    private SftpChannel open(Way way) throws RemoteException {
        ChannelOpener.Opening<SftpChannel> opening = over -> {
            over.at("before a channel for SFTP");
            SftpChannel channel = new SftpChannel(over);
            over.at("after a channel for SFTP");
            return channel;
        };
        try {
            return way.open(opening);
        } catch (IllegalStateException e) {
            // What the library says of a session that is just ending.
            throw link.failure("open an SFTP channel", new IOException(e));
        } catch (IOException e) {
            if (link.kind(e) == RemoteFailure.UNREACHABLE && link.isAnswering()) {
                throw new RemoteException(
                        RemoteFailure.UNSUPPORTED, link.name() + ": it does not support SFTP: " + e.getMessage(), e);
            }
            throw link.failure("open an SFTP channel", e);
        }
    }

    /** Closes a channel, whatever becomes of that. */
    static void discard(SftpChannel channel) {
        try {
            channel.close();
        } catch (IOException _) {
            // It is of no use any more, either way.
        }
    }

    /** The most bytes of one write request. */
    int largestWrite() throws RemoteException {
        SftpChannel channel = shared();
        lock.lock();
        try {
            if (largestWrite == 0) {
                OpenSSHLimitsExtension extension = channel.getExtension(OpenSSHLimitsExtension.class);
                long limit = extension != null && extension.isSupported() ? extension.limits().maxWriteLength : 0;
                largestWrite = limit <= 0 ? USUAL_WRITE : (int) Math.min(limit, LARGEST_WRITE);
            }
            return largestWrite;
        } catch (IOException e) {
            throw link.failure("ask for the limits of SFTP", e);
        } finally {
            lock.unlock();
        }
    }
}
