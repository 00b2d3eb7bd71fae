package dev.slipway.ingest.retention;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.util.ArrayList;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Counts what a run does. Thread-safe. */
final class RetentionTally {
    private static final Logger log = LoggerFactory.getLogger(RetentionTally.class);

    /** More are only in the log. */
    private static final int MOST_PROBLEMS = 100;

    private final String task;

    @GuardedBy("this")
    private RetentionReport report;

    @GuardedBy("this")
    private final List<String> problems = new ArrayList<>();

    /** @param earlier what an earlier attempt of the run has done */
    RetentionTally(String task, RetentionReport earlier) {
        this.task = task;
        this.report = new RetentionReport(0, 0, earlier.done(), earlier.bytes(), earlier.changed(), 0, 0, List.of());
    }

    synchronized void looked(long files, long old) {
        report = new RetentionReport(
                report.looked() + files,
                report.old() + old,
                report.done(),
                report.bytes(),
                report.changed(),
                report.failed(),
                report.invalid(),
                List.of());
    }

    /** Adds to the files that were dealt with. */
    private synchronized void add(long done, long bytes, long changed, long failed, long invalid) {
        report = new RetentionReport(
                report.looked(),
                report.old(),
                report.done() + done,
                report.bytes() + bytes,
                report.changed() + changed,
                report.failed() + failed,
                report.invalid() + invalid,
                List.of());
    }

    void done(long bytes) {
        add(1, bytes, 0, 0, 0);
    }

    void wouldDo(String what, String key, long bytes) {
        add(1, bytes, 0, 0, 0);
        note("would " + what + " " + key + " (" + bytes + (bytes == 1 ? " byte)" : " bytes)"));
    }

    void changed() {
        add(0, 0, 1, 0, 0);
    }

    void invalid(String key) {
        add(0, 0, 0, 0, 1);
        problem(key, "the key cannot be used as a path");
    }

    void failed(String key, String reason) {
        add(0, 0, 0, 1, 0);
        problem(key, reason);
    }

    private void problem(String key, String reason) {
        String text = printable(key + ": " + reason);
        log.warn("Retention task {}: {}", task, text);
        note(text);
    }

    private synchronized void note(String text) {
        if (problems.size() < MOST_PROBLEMS) {
            problems.add(printable(text));
        }
    }

    /** Keys are somebody else's: they must not begin lines of the log. */
    private static String printable(String text) {
        return text.replaceAll("\\p{Cntrl}", "?");
    }

    synchronized RetentionReport report() {
        return new RetentionReport(
                report.looked(),
                report.old(),
                report.done(),
                report.bytes(),
                report.changed(),
                report.failed(),
                report.invalid(),
                problems);
    }
}
