package dev.slipway.conformance;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/** The result of a run. Thread-safe. */
final class Verdict {
    private static final int SHOWN = 50;

    private final List<String> violations = new CopyOnWriteArrayList<>();

    /** Records and prints a violation. */
    void violation(String what) {
        violations.add(what);
        if (violations.size() <= SHOWN) {
            System.out.println("VIOLATION " + what);
        }
    }

    int violations() {
        return violations.size();
    }

    /** Prints the last line; returns 0 for success, 1 otherwise. */
    int conclude(String run) {
        System.out.printf("%n%s: %s (%d violations)%n", run, violations.isEmpty() ? "PASSED" : "FAILED", violations());
        return violations.isEmpty() ? 0 : 1;
    }
}
