package dev.slipway.sftp;

import java.io.IOException;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.apache.sshd.common.channel.Channel;
import org.apache.sshd.common.channel.throttle.ChannelStreamWriter;
import org.apache.sshd.common.channel.throttle.DefaultChannelStreamWriter;
import org.apache.sshd.common.io.IoWriteFuture;
import org.apache.sshd.common.util.buffer.Buffer;

/**
 * What the channels of a session have written and the network has not yet taken. A client may announce a window of
 * gigabytes and then not read: the library would keep all that we write. Safe for use by several threads.
 */
final class PendingWrites {
    /** What a queued packet takes beside its bytes: a client may want each byte in a packet of its own. */
    private static final int PACKET_OVERHEAD = 512;

    private final OutputMemory memory;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private long bytes;
    private boolean ended;

    /** @param memory says from how many bytes on writers wait; each has added one packet at most by then */
    PendingWrites(OutputMemory memory) {
        this.memory = memory;
    }

    /** Makes what a channel writes with. It blocks while too much is pending. */
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
                // What is written at a channel's end comes from the I/O thread, which makes the room.
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

    /** Lets everybody go who waits: the session is over. */
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
