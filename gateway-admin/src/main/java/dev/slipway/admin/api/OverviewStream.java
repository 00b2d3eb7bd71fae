package dev.slipway.admin.api;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * The overview for one reader, as server-sent events. Nothing is queued: a reader that is slower than the gateway misses
 * some, and one that stops reading is disconnected.
 */
final class OverviewStream implements ApiResponse.Stream {
    private final OverviewEvents events;
    private final String caller;
    private final JobStream.Reader reader;

    @GuardedBy("this")
    private @Nullable Thread writer;

    @GuardedBy("this")
    private long sending;

    @GuardedBy("this")
    private boolean over;

    OverviewStream(OverviewEvents events, String caller, JobStream.Reader reader) {
        this.events = events;
        this.caller = caller;
        this.reader = reader;
    }

    String caller() {
        return caller;
    }

    /** Since when it waits for its reader, in {@link System#nanoTime}; 0 if it does not. */
    synchronized long sending() {
        return sending;
    }

    /** Ends the stream, even while it is blocked on a reader that does not read. */
    synchronized void cutOff() {
        over = true;
        if (writer != null) {
            writer.interrupt();
        }
    }

    private synchronized boolean begins() {
        if (!over) {
            writer = Thread.currentThread();
        }
        return !over;
    }

    private synchronized void sends(boolean begins) {
        sending = begins ? System.nanoTime() : 0;
    }

    @Override
    public void write(OutputStream out) throws IOException, InterruptedException {
        if (!begins()) {
            return;
        }
        send(out, "retry: 2000\n\n".getBytes(StandardCharsets.UTF_8));
        OverviewEvents.Frame frame = events.next(0);
        while (frame != null && reader.isWelcome()) {
            send(out, frame.bytes());
            frame = events.next(frame.number());
        }
    }

    private void send(OutputStream out, byte[] bytes) throws IOException {
        sends(true);
        out.write(bytes);
        out.flush();
        sends(false);
    }

    @Override
    public void close() {
        events.remove(this);
        synchronized (this) {
            writer = null;
            over = true;
            sending = 0;
        }
    }
}
