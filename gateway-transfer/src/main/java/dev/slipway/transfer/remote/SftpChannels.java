package dev.slipway.transfer.remote;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.io.IOException;
import java.util.concurrent.locks.ReentrantLock;
import org.apache.sshd.sftp.client.extensions.openssh.OpenSSHLimitsExtension;
import org.jspecify.annotations.Nullable;

/** The SFTP channels of a connection: one for requests of all kinds, and one for each file that is read or written. */
final class SftpChannels {
    /** What every server accepts (draft-ietf-secsh-filexfer-02 section 3: packets of 34000 bytes). */
    private static final int USUAL_WRITE = 32 * 1024;

    /** Larger requests gain nothing, and delay what else is on the connection. */
    static final int LARGEST_WRITE = 128 * 1024;

    private final RemoteLink link;
    private final ReentrantLock lock = new ReentrantLock();

    @GuardedBy("lock")
    private @Nullable SftpChannel shared;

    @GuardedBy("lock")
    private int largestWrite;

    /** @param shared open already, or null */
    SftpChannels(RemoteLink link, @Nullable SftpChannel shared) {
        this.link = link;
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

    /** Opens a channel, which the caller closes. */
    SftpChannel open() throws RemoteException {
        try {
            return link.opened(() -> {
                link.at("before a channel for SFTP");
                SftpChannel channel = new SftpChannel(link);
                link.at("after a channel for SFTP");
                return channel;
            });
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
