package dev.slipway.core.store.doctor;

import dev.slipway.core.store.StoreException;
import dev.slipway.core.store.doctor.ProbeReport.Check;
import dev.slipway.core.store.doctor.ProbeReport.Finding;
import dev.slipway.core.store.doctor.ProbeReport.Level;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.BooleanSupplier;

/** What a probe has found so far. Used by one thread. */
final class Findings {
    /** The most that is shown of an answer, in characters: some stores repeat the key in it. */
    private static final int LONGEST_ANSWER = 200;

    private final BooleanSupplier isOver;
    private final List<Finding> found = new ArrayList<>();

    /** @param isOver whether no more checks should start */
    Findings(BooleanSupplier isOver) {
        this.isOver = isOver;
    }

    /** Runs a check. If the store fails in a way that the check does not expect, its result is unknown. */
    void check(Check check, StoreRequest steps) {
        if (isOver.getAsBoolean()) {
            add(check, Level.UNKNOWN, "not tested: the probe's time was over", "");
            return;
        }
        try {
            steps.run();
        } catch (StoreException e) {
            add(check, Level.UNKNOWN, Refusals.answer(e), "");
        }
    }

    void works(Check check, String answer) {
        add(check, Level.WORKS, answer, "");
    }

    void add(Check check, Level level, String answer, String consequence) {
        String shown = answer.length() > LONGEST_ANSWER ? answer.substring(0, LONGEST_ANSWER) + " …" : answer;
        found.add(new Finding(check, level, shown, consequence));
    }

    /**
     * Adds what became of a request whose condition does not hold.
     *
     * @param refused empty if the store has carried it out
     */
    void addCondition(Check check, Optional<StoreException> refused) {
        String instead = "Slipway checks just before it writes, and holds a lock. What other programs or gateways"
                + " write at that moment may be replaced.";
        if (refused.isEmpty()) {
            add(check, Level.DIFFERS, "it ignores the condition", instead);
            return;
        }
        String answer = Refusals.answer(refused.get());
        if (Refusals.isConflict(refused.get())) {
            works(check, answer);
        } else if (Refusals.isUnsupported(refused.get())) {
            add(check, Level.DIFFERS, answer, instead);
        } else {
            add(check, Level.UNKNOWN, answer, instead);
        }
    }

    /** What was found for a check; empty if it has not run. */
    Optional<Level> level(Check check) {
        return found.stream()
                .filter(finding -> finding.check() == check)
                .map(Finding::level)
                .findFirst();
    }

    List<Finding> all() {
        return List.copyOf(found);
    }
}
