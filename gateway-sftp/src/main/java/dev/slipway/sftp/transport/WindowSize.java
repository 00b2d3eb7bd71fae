package dev.slipway.sftp.transport;

import java.time.Duration;

/**
 * The size of a receive window, and when its client may send more. It grows while a full window is used within two
 * round trips, since the client may then have had to wait, up to the size that fills a fast line over the client's
 * distance. Larger windows are useless: OpenSSH's client needs twice the CPU time for 16 MiB.
 *
 * <p>Not safe for use by several threads.
 */
public final class WindowSize {
    private static final int KIB = 1024;

    /** The size of a window when memory is scarce. */
    public static final long SMALLEST = 64 * KIB;

    public static final long INITIAL = 256 * KIB;
    public static final long LARGEST = 16 * KIB * KIB;

    /** The largest for a client next door. */
    private static final long LARGEST_NEARBY = 2 * KIB * KIB;

    /**
     * The rate that hardly any client exceeds, in bytes per second: beyond the nearby size, a window holds this for one
     * round trip.
     */
    private static final long FAST_LINE = 150_000_000;

    /** The window is reopened in steps of an eighth of its size, and at most this. */
    private static final long LARGEST_STEP = 256 * KIB;

    /** However near a client is: on a busy machine, threads of both sides wait this long for a processor. */
    private static final Duration SHORTEST_WAIT = Duration.ofMillis(100);

    private final WindowMemory memory;
    private Duration roundTrip = Duration.ofSeconds(1);

    /** What the client may send, what it has sent, and what was processed and not yet reopened. */
    private long granted;

    /** Of that, what we have worked on. */
    private long released;

    private long passed;
    private long passedSince;

    /** @param now in nanoseconds, from any point on */
    WindowSize(WindowMemory memory, long now) {
        this.memory = memory;
        this.passedSince = now;
    }

    /** Reserves the initial memory; false if there is not enough. */
    public boolean reserve() {
        if (memory.takeSpare(INITIAL, 0)) {
            granted = INITIAL;
        } else if (memory.take(SMALLEST)) {
            granted = SMALLEST;
        }
        return granted > 0;
    }

    /** The bytes of the window; 0 where it has no memory. */
    public long granted() {
        return granted;
    }

    /** Gives all memory back. */
    void giveBack() {
        memory.giveBack(granted);
        granted = 0;
    }

    /** Records how long the client took for something that it does at once; the shortest time counts. */
    public void roundTrip(Duration measured) {
        if (measured.compareTo(roundTrip) < 0) {
            roundTrip = measured;
        }
    }

    /**
     * Counts what was worked on.
     *
     * @param now in nanoseconds, from the same point on
     * @return how many bytes more the client may send; 0 where it need not be told yet
     */
    public long release(long length, long now) {
        released += length;
        passed += length;
        if (granted == 0 || released < Math.min(granted / 8, LARGEST_STEP)) {
            return 0;
        }
        long step = released + growth(now);
        released = 0;
        return step;
    }

    private long growth(long now) {
        if (passed < granted) {
            return 0;
        }
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
