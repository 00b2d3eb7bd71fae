package dev.slipway.conformance;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/** What a run has found. Safe for use by several threads. */
final class Verdict {
    private static final int SHOWN = 50;

    private final List<String> violations = new CopyOnWriteArrayList<>();

    /** Notes something that must not be, and shows it at once. */
    void violation(String what) {
        violations.add(what);
        if (violations.size() <= SHOWN) {
            System.out.println("VIOLATION " + what);
        }
    }

    int violations() {
        return violations.size();
    }

    /** Prints the last line; 0 if all was well, 1 otherwise. */
    int conclude(String run) {
        System.out.printf("%n%s: %s (%d violations)%n", run, violations.isEmpty() ? "PASSED" : "FAILED", violations());
        return violations.isEmpty() ? 0 : 1;
    }
}
