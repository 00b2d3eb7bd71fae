package dev.slipway.admin.command;

import dev.slipway.admin.management.ManagedJobs;
import dev.slipway.admin.management.ManagementException;
import dev.slipway.transfer.job.Job;
import dev.slipway.transfer.job.JobState;
import dev.slipway.transfer.json.JsonWords;
import java.io.IOException;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.Locale;
import java.util.OptionalDouble;
import org.jspecify.annotations.Nullable;

/**
 * Shows the progress of a job on any gateway: on a terminal in one changing line, otherwise in a line for each change
 * of state and occasionally for progress.
 */
final class JobWatch {
    private static final Duration LOOK = Duration.ofMillis(500);
    private static final Duration LINE = Duration.ofSeconds(10);
    private static final int NARROWEST = 20;

    /** The least columns of a bar. */
    private static final int LEAST_BAR = 8;

    /** Blocks of an eighth to seven eighths. */
    private static final String EIGHTHS = "▏▎▍▌▋▊▉";

    /** Blanks and the percentage. */
    private static final int AROUND = " 100% ".length();

    /** Carriage return, and erase to the end of the line. */
    private static final String OVER = "\r\u001b[K";

    /** A terminal that has become narrower a moment ago must not continue the line on the next one (DECAWM). */
    private static final String CUT = "\u001b[?7l";

    private static final String WRAP = "\u001b[?7h";

    private final CommandContext context;
    private final ManagedJobs jobs;
    private final Console console;
    private final SmoothedRate rate = new SmoothedRate();

    /** Of a batch: how many bytes there are in all is not known. */
    private final SmoothedRate files = new SmoothedRate();

    private int room;
    private int textColumns;
    private int attempt;
    private String phase = "";
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
        if (job.attempt() != attempt || (job.filesTotal() < 0 && !job.phase().equals(phase))) {
            // What an earlier attempt has sent is counted at once.
            attempt = job.attempt();
            phase = job.phase();
            rate.reset();
            files.reset();
        }
        rate.seen(now, job.bytesDone());
        files.seen(now, job.filesDone());
        int columns = console.columns();
        if (columns >= NARROWEST && !context.isJson()) {
            PrintWriter out = console.out();
            out.print(CUT + OVER + line(job, columns - 1) + WRAP);
            out.flush();
        } else if (job.state() != shownState
                || !job.message().equals(shownMessage)
                || now - shownNanos > LINE.toNanos()) {
            shownState = job.state();
            shownMessage = job.message();
            shownNanos = now;
            context.note(text(job, true));
        }
    }

    private void clear() {
        if (console.columns() >= NARROWEST && !context.isJson()) {
            console.out().print(OVER);
            console.out().flush();
        }
    }

    /**
     * A bar as long as the text leaves room for, and the text. If that is too little for the bar, what the job is doing is left
     * out; if that is not enough, the bar is.
     */
    private String line(Job job, int columns) {
        OptionalDouble share = share(job);
        String text = PlainText.line(text(job, true));
        if (share.isEmpty()) {
            return cut(text, columns);
        }
        String percent = (int) (share.getAsDouble() * 100) + "% ";
        int least = LEAST_BAR + AROUND;
        if (least + text.length() > columns) {
            text = PlainText.line(text(job, false));
        }
        // The bar does not change its length whenever the text does.
        textColumns = columns == room ? Math.max(textColumns, text.length()) : text.length();
        room = columns;
        if (least + textColumns > columns) {
            textColumns = text.length();
        }
        int length = columns - textColumns - AROUND;
        return cut(
                length < LEAST_BAR ? percent + text : bar(share.getAsDouble(), length) + " " + percent + text, columns);
    }

    private static String cut(String line, int columns) {
        if (line.length() <= columns) {
            return line;
        }
        // Not within a character that needs two.
        return line.substring(0, Character.isHighSurrogate(line.charAt(columns - 1)) ? columns - 1 : columns);
    }

    /** What is done, from 0 to 1; empty if that is not known. */
    private static OptionalDouble share(Job job) {
        if (job.bytesTotal() > 0) {
            return OptionalDouble.of(Math.clamp((double) job.bytesDone() / job.bytesTotal(), 0, 1));
        }
        return job.filesTotal() > 0
                ? OptionalDouble.of(Math.clamp((double) job.filesDone() / job.filesTotal(), 0, 1))
                : OptionalDouble.empty();
    }

    /** @param length in columns */
    private String bar(double share, int length) {
        if (!console.isUnicode()) {
            int full = (int) (share * (length - 2));
            return "[" + "#".repeat(full) + "-".repeat(length - 2 - full) + "]";
        }
        int eighths = (int) (share * length * 8);
        int full = eighths / 8;
        String part = eighths % 8 == 0 ? "" : EIGHTHS.substring(eighths % 8 - 1, eighths % 8);
        return "█".repeat(full) + part + "░".repeat(length - full - part.length());
    }

    /** @param whole also what the job is doing, if it runs */
    private String text(Job job, boolean whole) {
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
        if (job.state() == JobState.RUNNING) {
            rest(text, job);
            if (!whole) {
                return text.toString();
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

    /** The rate, and how long it takes at that rate. */
    private void rest(StringBuilder text, Job job) {
        long now = System.nanoTime();
        double bytes = rate.rate(now);
        if (bytes > 0) {
            text.append(", ").append(size((long) bytes)).append("/s");
        }
        double each = files.rate(now);
        if (bytes > 0 && job.bytesTotal() > job.bytesDone()) {
            text.append(", ").append(time((long) Math.ceil((job.bytesTotal() - job.bytesDone()) / bytes)));
        } else if (each > 0 && job.bytesTotal() < 0 && job.filesTotal() > job.filesDone()) {
            text.append(", ").append(time((long) Math.ceil((job.filesTotal() - job.filesDone()) / each)));
        }
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
