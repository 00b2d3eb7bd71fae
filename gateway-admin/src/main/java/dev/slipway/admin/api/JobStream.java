package dev.slipway.admin.api;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import dev.slipway.admin.command.JobView;
import dev.slipway.transfer.job.Job;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Server-sent events (<a href="https://html.spec.whatwg.org/multipage/server-sent-events.html">HTML, section 9.2</a>)
 * about jobs, for one reader. Unread events are queued, up to a limit at which the reader is disconnected.
 */
final class JobStream implements ApiResponse.Stream {
    /** Must hold all remembered events, and those that occur while they are sent. */
    private static final int QUEUE = 1500;

    /** How often a reader's permission is checked while there are events. */
    private static final long LOOK_NANOS = Duration.ofSeconds(1).toNanos();

    private static final Logger log = LoggerFactory.getLogger(JobStream.class);

    /** Who reads. */
    interface Reader {
        /** Whether it is still permitted. Blocks for the database. */
        boolean isWelcome();
    }

    private final JobEvents events;
    private final @Nullable String wanted;
    private final Reader reader;
    private final long begin;
    private final boolean snapshot;
    private final BlockingQueue<JobEvents.Event> queue = new ArrayBlockingQueue<>(QUEUE);

    @GuardedBy("this")
    private @Nullable Thread writer;

    @GuardedBy("this")
    private boolean over;

    /**
     * @param begin the number of the last event before
     * @param snapshot whether the stream starts with the current state
     */
    JobStream(JobEvents events, @Nullable String wanted, Reader reader, long begin, boolean snapshot) {
        this.events = events;
        this.wanted = wanted;
        this.reader = reader;
        this.begin = begin;
        this.snapshot = snapshot;
    }

    /** Queues an event. Does not block. */
    void offer(JobEvents.Event event) {
        Job job = event.job();
        boolean mine = wanted == null
                || job.id().equals(wanted)
                || wanted.equals(job.wanted().batch());
        if (mine && !queue.offer(event)) {
            log.info("A client reads events too slowly and was disconnected");
            cutOff();
        }
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

    @Override
    public void write(OutputStream out) throws IOException, InterruptedException {
        if (!begins()) {
            return;
        }
        // Browsers reconnect after this many milliseconds.
        send(out, "retry: 2000\n\n");
        if (snapshot) {
            for (Job job : events.now(wanted)) {
                send(out, format(new JobEvents.Event(begin, job, -1)));
            }
        }
        long heartbeat = events.heartbeat().toNanos();
        long looked = System.nanoTime();
        while (true) {
            JobEvents.Event event = queue.poll(heartbeat, TimeUnit.NANOSECONDS);
            if (System.nanoTime() - looked >= Math.min(heartbeat, LOOK_NANOS)) {
                if (!reader.isWelcome()) {
                    return;
                }
                looked = System.nanoTime();
            }
            send(out, event == null ? ": still here\n\n" : format(event));
        }
    }

    private String format(JobEvents.Event event) {
        Map<String, @Nullable Object> json = JobView.json(event.job());
        long left = event.job().bytesTotal() - event.job().bytesDone();
        json.put("bytesPerSecond", event.rate() < 0 ? null : (Long) event.rate());
        json.put(
                "secondsLeft", event.rate() <= 0 || event.job().bytesTotal() < 0 ? null : (Long) (left / event.rate()));
        return "id: " + events.run() + "-" + event.number() + "\nevent: job\ndata: " + ApiJson.format(json) + "\n\n";
    }

    private static void send(OutputStream out, String text) throws IOException {
        out.write(text.getBytes(StandardCharsets.UTF_8));
        out.flush();
    }

    @Override
    public void close() {
        events.remove(this);
        synchronized (this) {
            writer = null;
            over = true;
        }
    }
}
