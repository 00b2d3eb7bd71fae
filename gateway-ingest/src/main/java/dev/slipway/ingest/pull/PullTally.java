package dev.slipway.ingest.pull;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.util.ArrayList;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Counts what a run does. Thread-safe. */
final class PullTally {
    private static final Logger log = LoggerFactory.getLogger(PullTally.class);

    /** More are only in the log. */
    private static final int MOST_PROBLEMS = 100;

    private final String pull;

    @GuardedBy("this")
    private long found;

    @GuardedBy("this")
    private long stored;

    @GuardedBy("this")
    private long bytes;

    @GuardedBy("this")
    private long unchanged;

    @GuardedBy("this")
    private long waiting;

    @GuardedBy("this")
    private long failed;

    @GuardedBy("this")
    private long invalid;

    @GuardedBy("this")
    private long leftOut;

    @GuardedBy("this")
    private long vanished;

    @GuardedBy("this")
    private final List<String> problems = new ArrayList<>();

    PullTally(String pull) {
        this.pull = pull;
    }

    /** Goes on from what an earlier attempt of the run has done. */
    synchronized void carry(PullReport earlier) {
        stored += earlier.stored();
        bytes += earlier.bytes();
        vanished += earlier.vanished();
    }

    synchronized void found(int files) {
        found += files;
    }

    /** How many files were stored. */
    synchronized long storedFiles() {
        return stored;
    }

    synchronized void stored(long size) {
        stored++;
        bytes += size;
    }

    synchronized void wouldStore(SourceFile file) {
        stored(file.size());
        note("would store " + file.path() + " (" + file.size() + (file.size() == 1 ? " byte)" : " bytes)"));
    }

    synchronized void unchanged() {
        unchanged++;
    }

    synchronized void waiting() {
        waiting++;
    }

    synchronized void leftOut() {
        leftOut++;
    }

    synchronized void vanished() {
        vanished++;
    }

    synchronized void wouldVanish(String path) {
        vanished++;
        note("has vanished at the source: " + path);
    }

    synchronized void loop(String path) {
        leftOut++;
        note(path + ": the link leads back to a folder that it is in");
    }

    synchronized void invalid(String path, String reason) {
        invalid++;
        problem(path, reason);
    }

    synchronized void failed(String path, String reason) {
        failed++;
        problem(path, reason);
    }

    private synchronized void problem(String path, String reason) {
        String text = printable(path + ": " + reason);
        log.warn("Pull {}: {}", pull, text);
        note(text);
    }

    /** Names at the source are somebody else's: they must not begin lines of the log. */
    private static String printable(String text) {
        return text.replaceAll("\\p{Cntrl}", "?");
    }

    /** Something to be known that concerns no file in particular. */
    synchronized void note(String text) {
        if (problems.size() < MOST_PROBLEMS) {
            problems.add(printable(text));
        }
    }

    synchronized PullReport report() {
        return new PullReport(found, stored, bytes, unchanged, waiting, failed, invalid, leftOut, vanished, problems);
    }
}
