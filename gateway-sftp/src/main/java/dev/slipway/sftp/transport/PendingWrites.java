package dev.slipway.sftp.transport;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.io.IOException;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.apache.sshd.common.channel.Channel;
import org.apache.sshd.common.channel.throttle.ChannelStreamWriter;
import org.apache.sshd.common.channel.throttle.DefaultChannelStreamWriter;
import org.apache.sshd.common.io.IoWriteFuture;
import org.apache.sshd.common.util.buffer.Buffer;

/**
 * Channel output that the network has not yet accepted. A client may announce a window of gigabytes and then not read:
 * the library would queue everything that we write. Safe for use by several threads.
 */
final class PendingWrites {
    /** Memory of a queued packet in addition to its bytes: a client may request one byte per packet. */
    private static final int PACKET_OVERHEAD = 512;

    private final OutputMemory memory;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();

    @GuardedBy("lock")
    private long bytes;

    @GuardedBy("lock")
    private boolean ended;

    /** @param memory determines from how many bytes on writers wait; each has added at most one packet by then */
    PendingWrites(OutputMemory memory) {
        this.memory = memory;
    }

    /** Creates a channel's writer. It blocks while too much is pending. */
    ChannelStreamWriter writer(Channel channel) {
        return new DefaultChannelStreamWriter(channel) {
            @Override
            public IoWriteFuture writeData(Buffer packet) throws IOException {
                int length = packet.available() + PACKET_OVERHEAD;
                add(length);
                IoWriteFuture written;
                try {
                    written = super.writeData(packet);
                } catch (IOException | RuntimeException e) {
                    add(-length);
                    throw e;
                }
                written.addListener(done -> add(-length));
                // Output at a channel's end is written by the I/O thread, which must not wait for itself.
                if (!channel.isClosing()) {
                    awaitRoom();
                }
                return written;
            }
        };
    }

    private void add(long length) {
        memory.add(length);
        lock.lock();
        try {
            bytes += length;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    private void awaitRoom() {
        lock.lock();
        try {
            while (bytes > memory.sessionLimit() && !ended) {
                changed.awaitUninterruptibly();
            }
        } finally {
            lock.unlock();
        }
    }

    /** Releases all waiting writers: the session has ended. */
    void end() {
        lock.lock();
        try {
            ended = true;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }
}
