package dev.slipway.sftp;

import java.io.IOException;
import java.time.Duration;
import org.apache.sshd.common.PropertyResolver;
import org.apache.sshd.common.channel.LocalWindow;

/**
 * How much a client may send on a channel before we have processed it (RFC 4254 section 5.2). The window grows while a
 * whole window passes within two round trips, since the client may then have had to wait for it, up to the
 * bandwidth-delay product of a fast line. Larger windows do not help: OpenSSH's client needs twice the work for 16 MiB.
 */
final class ReceiveWindow extends LocalWindow {
    private static final int KIB = 1024;

    /** Size of a window when memory is short. */
    static final long SMALLEST = 64 * KIB;

    static final long INITIAL = 256 * KIB;
    static final long LARGEST = 16 * KIB * KIB;

    /** The largest for a client next door. */
    private static final long LARGEST_NEARBY = 2 * KIB * KIB;

    /** A rate that hardly any client exceeds, in bytes per second: larger windows hold one round trip at this rate. */
    private static final long FAST_LINE = 150_000_000;

    /** The largest packet that a client may send; the minimum in RFC 4253 section 6.1, and what clients send. */
    private static final long PACKET = 32 * KIB;

    /** Window adjustments are an eighth of the window, and at most this. */
    private static final long LARGEST_STEP = 256 * KIB;

    /** Even for a nearby client: on a busy machine, threads of both sides wait this long for a processor. */
    private static final Duration SHORTEST_WAIT = Duration.ofMillis(100);

    private final GatewayChannel channel;
    private final WindowMemory memory;
    private Duration roundTrip = Duration.ofSeconds(1);

    /** The part that the client may still send, has sent, and that we have processed but not yet granted again. */
    private long granted;

    /** Of that, the processed part. */
    private long released;

    private long passed;
    private long passedSince = System.nanoTime();

    ReceiveWindow(GatewayChannel channel, WindowMemory memory) {
        super(channel, false);
        this.channel = channel;
        this.memory = memory;
    }

    /** Reserves the initial memory; false if there is none. Before {@link #init}. */
    boolean reserve() {
        synchronized (lock) {
            if (memory.takeSpare(INITIAL, 0)) {
                granted = INITIAL;
            } else if (memory.take(SMALLEST)) {
                granted = SMALLEST;
            }
            return granted > 0;
        }
    }

    /** Frees all memory. To be called when no received data is held any more. */
    void giveBack() {
        synchronized (lock) {
            memory.giveBack(granted);
            granted = 0;
        }
    }

    @Override
    public void init(PropertyResolver resolver) {
        init(granted, PACKET, resolver);
    }

    /** Records a sample of the client's round trip; the shortest one counts. */
    void roundTrip(Duration measured) {
        synchronized (lock) {
            if (measured.compareTo(roundTrip) < 0) {
                roundTrip = measured;
            }
        }
    }

    /** Grants the client as much as was processed, and more while the window is too small. */
    @Override
    public void release(long length) throws IOException {
        checkInitialized("release");
        long step;
        synchronized (lock) {
            if (granted == 0 || !isOpen()) {
                return;
            }
            released += length;
            passed += length;
            if (released < Math.min(granted / 8, LARGEST_STEP)) {
                return;
            }
            step = released + growth();
            released = 0;
            updateSize(getSize() + step);
        }
        // Outside the lock, since this writes to the network.
        channel.adjustWindow(step);
    }

    private long growth() {
        if (passed < granted) {
            return 0;
        }
        long now = System.nanoTime();
        long wait = 2 * Math.max(roundTrip.toNanos(), SHORTEST_WAIT.toNanos());
        boolean quick = now - passedSince < wait;
        passed = 0;
        passedSince = now;
        long growth = Math.min(granted, largest(roundTrip) - granted);
        if (!quick || growth <= 0 || !memory.takeSpare(growth, granted + growth)) {
            return 0;
        }
        granted += growth;
        return growth;
    }

    /** The largest window for a client of this distance. */
    static long largest(Duration roundTrip) {
        return Math.min(LARGEST, LARGEST_NEARBY + roundTrip.toMillis() * FAST_LINE / 1000);
    }
}
