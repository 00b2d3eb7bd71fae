package dev.slipway.transfer.job;

import dev.slipway.core.state.StateDatabase;
import java.time.Clock;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Collection;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.jdbi.v3.core.Handle;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * How the state of a job is changed: in one transaction that locks its resources and then its row. Changes are reported on
 * this gateway in the order in which they became durable.
 */
final class JobTransactions {
    private static final Logger log = LoggerFactory.getLogger(JobTransactions.class);

    private final StateDatabase database;
    private final Clock clock;
    private final ResourceLimits limits;
    private final Consumer<Job> changed;
    private final ReentrantLock[] orders =
            Stream.generate(ReentrantLock::new).limit(64).toArray(ReentrantLock[]::new);

    /** @param changed receives each changed job, when the change is durable */
    JobTransactions(StateDatabase database, Clock clock, ResourceLimits limits, Consumer<Job> changed) {
        this.database = database;
        this.clock = clock;
        this.limits = limits;
        this.changed = changed;
    }

    StateDatabase database() {
        return database;
    }

    /** What rows name this gateway by. */
    String run() {
        return database.run();
    }

    Instant now() {
        return clock.instant().truncatedTo(ChronoUnit.MILLIS);
    }

    Optional<JobRow> find(String id) {
        return database.read(handle -> JobTable.find(handle, id));
    }

    /** Something done with a job whose row is locked until the end of the transaction. */
    interface Step<T> {
        /**
         * Takes the step.
         *
         * @param limits those of the resources that the job takes, in the order of the resources
         */
        T take(Handle handle, JobRow row, Map<Resource, Integer> limits);
    }

    private record Taken<T>(T result, Optional<Job> job) {}

    /**
     * Takes a step; a missing job is ignored. The step may be taken again if the database has rolled it back.
     *
     * @param isChange decides by the result whether to report the job
     */
    <T> Optional<T> change(String id, Predicate<T> isChange, Step<T> step) {
        return find(id).flatMap(found -> {
            // Outside the transaction, since looking up a limit may query the same database.
            Map<Resource, Integer> limitsOf = limits(found.resources());
            return inOrder(id, () -> {
                Optional<Taken<T>> taken = database.inTransaction(handle -> {
                    limitsOf.keySet().forEach(resource -> QueueTable.lock(handle, resource.toString()));
                    return JobTable.lock(handle, id).map(row -> {
                        T result = step.take(handle, row, limitsOf);
                        return new Taken<>(result, JobTable.find(handle, id).map(JobRow::job));
                    });
                });
                taken.filter(t -> isChange.test(t.result())).flatMap(Taken::job).ifPresent(changed);
                return taken.map(Taken::result);
            });
        });
    }

    /** As above, for a step that tells whether it has changed the job. */
    boolean change(String id, Step<Boolean> step) {
        return change(id, result -> result, step).orElse(false);
    }

    /**
     * Excludes other changes and reports of jobs on this gateway meanwhile, so that states are reported in the order in
     * which they became durable. Not to be called within a transaction.
     */
    <T> T inOrder(String id, Supplier<T> work) {
        ReentrantLock lock = orders[Math.floorMod(id.hashCode(), orders.length)];
        lock.lock();
        try {
            return work.get();
        } finally {
            lock.unlock();
        }
    }

    /** The present limits of some resources, in the order of the resources. Not to be called within a transaction. */
    Map<Resource, Integer> limits(Collection<Resource> resources) {
        Map<Resource, Integer> found = new TreeMap<>();
        new TreeSet<>(resources).forEach(resource -> found.put(resource, limit(resource)));
        return found;
    }

    private int limit(Resource resource) {
        try {
            return Math.max(1, limits.limit(resource));
        } catch (RuntimeException e) {
            log.warn("The limit of {} is unknown; running one job at a time", resource, e);
            return 1;
        }
    }

    /** For a change made in another transaction, once it is durable. */
    void report(Job job) {
        changed.accept(job);
    }
}
