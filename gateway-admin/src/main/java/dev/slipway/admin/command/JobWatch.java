package dev.slipway.admin.command;

import dev.slipway.admin.management.ManagedJobs;
import dev.slipway.admin.management.ManagementException;
import dev.slipway.transfer.job.Job;
import dev.slipway.transfer.job.JobState;
import dev.slipway.transfer.json.JsonWords;
import java.io.IOException;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Shows the progress of a job on any gateway: on a terminal in one changing line, otherwise in a line for each change
 * of state and occasionally for progress.
 */
final class JobWatch {
    private static final Duration LOOK = Duration.ofMillis(500);
    private static final Duration LINE = Duration.ofSeconds(10);
    private static final int SAMPLES = 10;
    private static final int BAR = 20;
    private static final int NARROWEST = 20;

    /** Carriage return, and erase to the end of the line. */
    private static final String OVER = "\r\u001b[K";

    private record Sample(long nanos, long bytes) {}

    private final CommandContext context;
    private final ManagedJobs jobs;
    private final Console console;
    private final Deque<Sample> samples = new ArrayDeque<>();
    private @Nullable JobState shownState;
    private String shownMessage = "";
    private long shownNanos;

    JobWatch(CommandContext context, ManagedJobs jobs) {
        this.context = context;
        this.jobs = jobs;
        this.console = context.console();
    }

    /**
     * Waits until the job has ended.
     *
     * @throws IOException it has not succeeded
     * @throws ManagementException it does not exist
     */
    void untilSuccess(String id) throws IOException, ManagementException {
        while (true) {
            Job job = jobs.find(id);
            if (job.state().isEnd()) {
                end(job);
                return;
            }
            show(job);
            if (console.isCancelledWithin(LOOK)) {
                clear();
                context.note("The job continues. slipway jobs follow " + id
                        + " shows its progress; slipway jobs cancel " + id + " cancels it.");
                throw new CancelledException();
            }
        }
    }

    private void end(Job job) throws IOException {
        clear();
        if (context.isJson()) {
            context.print("", JobView.json(job));
        }
        switch (job.state()) {
            case SUCCEEDED -> {
                if (!context.isJson()) {
                    context.print(job.message().isEmpty() ? "done" : job.message(), "");
                }
            }
            case CANCELLED ->
                throw new IOException("the job was cancelled; slipway jobs retry " + job.id() + " retries it");
            default ->
                throw new IOException(
                        "the job failed: " + job.message() + "; slipway jobs show " + job.id() + " shows its attempts");
        }
    }

    private void show(Job job) {
        long now = System.nanoTime();
        samples.addLast(new Sample(now, job.bytesDone()));
        if (samples.size() > SAMPLES) {
            samples.removeFirst();
        }
        if (console.columns() >= NARROWEST && !context.isJson()) {
            String line = PlainText.line(bar(job) + text(job));
            int room = console.columns() - 1;
            PrintWriter out = console.out();
            out.print(OVER + (line.length() > room ? line.substring(0, room) : line));
            out.flush();
        } else if (job.state() != shownState
                || !job.message().equals(shownMessage)
                || now - shownNanos > LINE.toNanos()) {
            shownState = job.state();
            shownMessage = job.message();
            shownNanos = now;
            context.note(text(job));
        }
    }

    private void clear() {
        if (console.columns() >= NARROWEST && !context.isJson()) {
            console.out().print(OVER);
            console.out().flush();
        }
    }

    private static String bar(Job job) {
        if (job.bytesTotal() <= 0) {
            return "";
        }
        int percent = (int) Math.min(100, job.bytesDone() * 100 / job.bytesTotal());
        int full = percent * BAR / 100;
        return "[" + "#".repeat(full) + "-".repeat(BAR - full) + "] " + percent + "% ";
    }

    private String text(Job job) {
        StringBuilder text = new StringBuilder();
        if (job.filesTotal() >= 0) {
            text.append(job.filesDone())
                    .append(" of ")
                    .append(job.filesTotal())
                    .append(job.filesTotal() == 1 ? " file, " : " files, ");
        }
        text.append(size(job.bytesDone()));
        if (job.bytesTotal() >= 0) {
            text.append(" of ").append(size(job.bytesTotal()));
        }
        double rate = rate();
        if (job.state() == JobState.RUNNING && rate > 0) {
            text.append(", ").append(size((long) rate)).append("/s");
            if (job.bytesTotal() > job.bytesDone()) {
                text.append(", ").append(time((long) ((job.bytesTotal() - job.bytesDone()) / rate)));
            }
        }
        text.append(", ").append(JsonWords.of(job.state()));
        if (job.state() == JobState.RUNNING && !job.phase().isEmpty()) {
            text.append(": ").append(job.phase());
        } else if (job.state() == JobState.RETRYING && job.nextAttempt() != null) {
            text.append(" at ")
                    .append(Table.time(job.nextAttempt()))
                    .append(" after attempt ")
                    .append(job.attempt())
                    .append(": ")
                    .append(job.message());
        } else if (!job.message().isEmpty()) {
            text.append(": ").append(job.message());
        }
        return text.toString();
    }

    /** The recent rate in bytes per second. */
    private double rate() {
        Sample first = samples.getFirst();
        Sample last = samples.getLast();
        long nanos = last.nanos() - first.nanos();
        return nanos <= 0 ? 0 : (last.bytes() - first.bytes()) * 1e9 / nanos;
    }

    private static String time(long seconds) {
        return seconds >= 3600
                ? String.format(Locale.ROOT, "%d:%02d:%02d left", seconds / 3600, seconds / 60 % 60, seconds % 60)
                : String.format(Locale.ROOT, "%d:%02d left", seconds / 60, seconds % 60);
    }

    /** A number of bytes, for people. */
    static String size(long bytes) {
        String[] units = {"B", "KiB", "MiB", "GiB", "TiB"};
        double value = bytes;
        int unit = 0;
        while (value >= 1024 && unit < units.length - 1) {
            value /= 1024;
            unit++;
        }
        return unit == 0 ? bytes + " B" : String.format(Locale.ROOT, "%.1f %s", value, units[unit]);
    }
}
