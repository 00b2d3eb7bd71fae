package dev.slipway.admin.api;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import dev.slipway.admin.management.Activity;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The overview, once a second, for all streams: it is made and written as JSON once, however many read it. Nothing is done
 * while there are none. Thread-safe.
 */
final class OverviewEvents implements AutoCloseable {
    private static final Duration PAUSE = Duration.ofSeconds(1);

    /** A reader that takes longer for one overview is disconnected. */
    private static final Duration SLOWEST = Duration.ofSeconds(10);

    private static final Logger log = LoggerFactory.getLogger(OverviewEvents.class);

    private final int most;
    private final int mostOfCaller;
    private final Duration pause;
    private final Duration slowest;

    @GuardedBy("this")
    private final Set<OverviewStream> streams = new HashSet<>();

    @GuardedBy("this")
    private @Nullable Frame frame;

    @GuardedBy("this")
    private @Nullable Thread maker;

    @GuardedBy("this")
    private long number;

    @GuardedBy("this")
    private boolean closed;

    /**
     * What is sent.
     *
     * @param number 1 and up
     * @param bytes an event; must not be changed
     */
    @SuppressWarnings("ArrayRecordComponent") // shared by all streams, never compared
    record Frame(long number, byte[] bytes) {}

    OverviewEvents(ApiSettings settings) {
        most = settings.streams();
        mostOfCaller = settings.streamsOfCaller();
        pause = settings.heartbeat().compareTo(PAUSE) < 0 ? settings.heartbeat() : PAUSE;
        slowest = settings.heartbeat().compareTo(SLOWEST) < 0 ? settings.heartbeat() : SLOWEST;
    }

    /** @throws ProblemException there are too many, or the gateway is stopping */
    synchronized OverviewStream open(Activity activity, String caller, JobStream.Reader reader) {
        if (closed) {
            throw unavailable("the gateway is stopping");
        }
        long mine = streams.stream()
                .filter(stream -> stream.caller().equals(caller))
                .count();
        if (streams.size() >= most || mine >= mostOfCaller) {
            throw unavailable(
                    streams.size() >= most
                            ? "there are " + most + " streams of the overview already, the maximum"
                            : "you have " + mine + " streams of the overview already, the maximum");
        }
        OverviewStream stream = new OverviewStream(this, caller, reader);
        streams.add(stream);
        if (maker == null) {
            maker = Thread.ofVirtual().name("api-overview").start(() -> make(activity));
        }
        return stream;
    }

    private static ProblemException unavailable(String detail) {
        return new ProblemException(ProblemType.UNAVAILABLE, detail).withHeader("Retry-After", "10");
    }

    synchronized void remove(OverviewStream stream) {
        streams.remove(stream);
    }

    synchronized int streams() {
        return streams.size();
    }

    /** The overview after one that was sent. Blocks until there is one; null at the end. */
    synchronized @Nullable Frame next(long last) throws InterruptedException {
        while (!closed && (frame == null || frame.number() <= last)) {
            wait();
        }
        return closed ? null : frame;
    }

    private void make(Activity activity) {
        try {
            while (hasReaders()) {
                try {
                    publish(format(activity));
                } catch (RuntimeException e) {
                    log.warn("The overview could not be made", e);
                }
                cutOffSlow();
                Thread.sleep(pause);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static byte[] format(Activity activity) {
        return ("event: overview\ndata: " + ApiJson.format(ActivityView.overview(activity)) + "\n\n")
                .getBytes(StandardCharsets.UTF_8);
    }

    private synchronized boolean hasReaders() {
        if (streams.isEmpty() || closed) {
            maker = null;
            // The next reader must not begin with what was true long ago.
            frame = null;
            return false;
        }
        return true;
    }

    private synchronized void publish(byte[] bytes) {
        frame = new Frame(++number, bytes);
        notifyAll();
    }

    private void cutOffSlow() {
        List<OverviewStream> all;
        synchronized (this) {
            all = new ArrayList<>(streams);
        }
        long now = System.nanoTime();
        for (OverviewStream stream : all) {
            long sending = stream.sending();
            if (sending != 0 && now - sending > slowest.toNanos()) {
                log.info("A client reads the overview too slowly and was disconnected");
                stream.cutOff();
            }
        }
    }

    /** Ends all streams. */
    @Override
    public synchronized void close() {
        closed = true;
        streams.forEach(OverviewStream::cutOff);
        notifyAll();
    }
}
