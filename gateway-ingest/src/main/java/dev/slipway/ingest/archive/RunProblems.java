package dev.slipway.ingest.archive;

import java.util.ArrayList;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Files that a run could not archive or delete, each in a sentence. Used by one thread. */
final class RunProblems {
    private static final Logger log = LoggerFactory.getLogger(RunProblems.class);

    private static final int MOST = 20;

    private final String task;
    private final List<String> problems = new ArrayList<>();

    RunProblems(String task) {
        this.task = task;
    }

    /** Logs a problem, and keeps it if it is one of the first. */
    void add(String text) {
        String line = text.replaceAll("\\p{Cntrl}", "?");
        log.warn("Archive task {}: {}", task, line);
        if (problems.size() < MOST) {
            problems.add(line);
        }
    }

    /** The first problems. */
    List<String> first() {
        return List.copyOf(problems);
    }
}
