package dev.slipway.sftp.transport;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.io.IOException;
import java.time.Duration;
import org.apache.sshd.common.PropertyResolver;
import org.apache.sshd.common.channel.LocalWindow;

/** How much a client may send on a channel before we have processed it (RFC 4254 section 5.2); see {@link WindowSize}. */
final class ReceiveWindow extends LocalWindow {
    /** The largest packet that a client may send; the minimum in RFC 4253 section 6.1, and what clients send. */
    private static final long PACKET = 32 * 1024;

    private final GatewayChannel channel;

    @GuardedBy("lock")
    private final WindowSize size;

    ReceiveWindow(GatewayChannel channel, WindowMemory memory) {
        super(channel, false);
        this.channel = channel;
        this.size = new WindowSize(memory, System.nanoTime());
    }

    /** Reserves the initial memory; false if there is none. Before {@link #init}. */
    boolean reserve() {
        synchronized (lock) {
            return size.reserve();
        }
    }

    /** Frees all memory. To be called when no received data is held any more. */
    void giveBack() {
        synchronized (lock) {
            size.giveBack();
        }
    }

    @Override
    public void init(PropertyResolver resolver) {
        long granted;
        synchronized (lock) {
            granted = size.granted();
        }
        init(granted, PACKET, resolver);
    }

    /** Records a sample of the client's round trip; the shortest one counts. */
    void roundTrip(Duration measured) {
        synchronized (lock) {
            size.roundTrip(measured);
        }
    }

    /** Grants the client as much as was processed, and more while the window is too small. */
    @Override
    public void release(long length) throws IOException {
        checkInitialized("release");
        long step;
        synchronized (lock) {
            if (size.granted() == 0 || !isOpen()) {
                return;
            }
            step = size.release(length, System.nanoTime());
            if (step == 0) {
                return;
            }
            updateSize(getSize() + step);
        }
        // Outside the lock, since this writes to the network.
        channel.adjustWindow(step);
    }
}
