package dev.slipway.sftp;

import java.io.IOException;
import java.time.Duration;
import org.apache.sshd.common.PropertyResolver;
import org.apache.sshd.common.channel.LocalWindow;

/**
 * How much a client may send on a channel ahead of our working on it (RFC 4254 section 5.2). It grows while a whole
 * window's worth passes within two round trips, since then the client may have had to wait for it, up to what fills a
 * fast line of the client's length. Larger ones help nobody: OpenSSH's client takes twice the work for 16 MiB.
 */
final class ReceiveWindow extends LocalWindow {
    private static final int KIB = 1024;

    /** What a window is where memory is short. */
    static final long SMALLEST = 64 * KIB;

    static final long INITIAL = 256 * KIB;
    static final long LARGEST = 16 * KIB * KIB;

    /** The largest for a client next door. */
    private static final long LARGEST_NEARBY = 2 * KIB * KIB;

    /** What no client exceeds by much, in bytes each second: beyond the nearby size, a window has this for a round trip. */
    private static final long FAST_LINE = 150_000_000;

    /** The largest packet that a client may send; the least that RFC 4253 section 6.1 asks for, and what clients send. */
    private static final long PACKET = 32 * KIB;

    /** What is told to the client at a time is an eighth of the window, and at most this. */
    private static final long LARGEST_STEP = 256 * KIB;

    /** However near a client is: on a busy machine, threads of both sides wait this long for a processor. */
    private static final Duration SHORTEST_WAIT = Duration.ofMillis(100);

    private final GatewayChannel channel;
    private final WindowMemory memory;
    private Duration roundTrip = Duration.ofSeconds(1);

    /** What the client may send, what it has sent, and what we have worked on and not yet let it send again. */
    private long granted;

    /** Of that, what we have worked on. */
    private long released;

    private long passed;
    private long passedSince = System.nanoTime();

    ReceiveWindow(GatewayChannel channel, WindowMemory memory) {
        super(channel, false);
        this.channel = channel;
        this.memory = memory;
    }

    /** Takes the memory to begin with; false if there is none. Before {@link #init}. */
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

    /** Gives all memory back. To be called when nothing that was received is kept any more. */
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

    /** Takes note of how long the client took for something that it does at once; the shortest time counts. */
    void roundTrip(Duration measured) {
        synchronized (lock) {
            if (measured.compareTo(roundTrip) < 0) {
                roundTrip = measured;
            }
        }
    }

    /** Lets the client send again as much as was worked on, and more while the window is too small for it. */
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
        // Outside of the lock, since this writes to the network.
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
