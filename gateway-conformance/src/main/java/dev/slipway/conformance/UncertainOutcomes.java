package dev.slipway.conformance;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletionException;

/**
 * The operations of a {@link ChaosWorker} whose outcome is not known: they got no answer, or a refusal. Their paths are
 * left alone until the gateway must have finished with them, and are then compared with all possible outcomes.
 */
final class UncertainOutcomes {
    /** By then a gateway has finished an operation, retries included, for which its client did not wait. */
    private static final Duration UNHEARD = Duration.ofSeconds(45);

    /** By then a gateway has finished an operation that it refused. */
    static final Duration REFUSED = Duration.ofSeconds(4);

    static final Duration DEADLINE = Duration.ofMinutes(4);
    private static final int MOST = 12;

    /** The uncertain outcome of an operation: one of the alternatives is, or will be, at the roots. */
    private record Pending(List<String> roots, List<Tree> alternatives, long notBefore, long deadline, String what) {
        private boolean concerns(String path) {
            return roots.stream().anyMatch(root -> Tree.isWithin(path, root) || Tree.isWithin(root, path));
        }
    }

    private final String account;
    private final ChaosRun run;
    private final BucketView bucket;
    private final Tree tree;
    private final List<Pending> pending = new ArrayList<>();

    /** @param tree receives the outcomes */
    UncertainOutcomes(String account, ChaosRun run, BucketView bucket, Tree tree) {
        this.account = account;
        this.run = run;
        this.bucket = bucket;
        this.tree = tree;
    }

    /**
     * Adds an operation.
     *
     * @param alternatives what may be at the roots, now or later
     * @param refused whether the gateway has refused it
     */
    void add(List<String> roots, List<Tree> alternatives, boolean refused, String operation) {
        long now = System.nanoTime();
        Duration rest = refused ? REFUSED : UNHEARD;
        pending.add(new Pending(roots, alternatives, now + rest.toNanos(), now + DEADLINE.toNanos(), operation));
    }

    /** Whether there are so many that they should be settled first. */
    boolean areMany() {
        return pending.size() >= MOST;
    }

    /** Whether the outcome of an operation at a path, or above it, is uncertain. */
    boolean isCovered(String path) {
        return pending.stream()
                .flatMap(unknown -> unknown.roots().stream())
                .anyMatch(root -> Tree.isWithin(path, root));
    }

    /** Whether no outcome at, above or below a path is uncertain. */
    boolean isFree(String path) {
        return pending.stream().noneMatch(unknown -> unknown.concerns(path));
    }

    /** Waits until all outcomes are known. */
    void settle() throws InterruptedException {
        while (!pending.isEmpty()) {
            resolve(true);
            Thread.sleep(50);
        }
    }

    /**
     * Finds out the outcome of operations that got no answer.
     *
     * @param patient whether to wait a little if that is not possible now
     */
    void resolve(boolean patient) throws InterruptedException {
        for (Iterator<Pending> each = pending.iterator(); each.hasNext(); ) {
            Pending unknown = each.next();
            if (System.nanoTime() < unknown.notBefore()) {
                continue;
            }
            if (run.disturbances().storeNanos() < REFUSED.toNanos() || run.isBeingRenamed(account, unknown.roots())) {
                if (patient) {
                    Thread.sleep(200);
                }
                continue;
            }
            Optional<Tree> found = look(unknown);
            if (found.isPresent()) {
                tree.replace(unknown.roots(), found.get());
                each.remove();
            } else if (System.nanoTime() > unknown.deadline()) {
                run.verdict()
                        .violation(
                                account + unknown.roots() + " has none of the possible states after " + unknown.what()
                                        + "\n    may be " + unknown.alternatives() + "\n    is     "
                                        + bucket.describe(unknown.roots()));
                tree.replace(unknown.roots(), new Tree());
                run.stop();
                each.remove();
            }
        }
    }

    private Optional<Tree> look(Pending unknown) {
        try {
            return bucket.match(unknown.roots(), unknown.alternatives());
        } catch (CompletionException e) {
            // The store is unavailable again.
            return Optional.empty();
        }
    }
}
