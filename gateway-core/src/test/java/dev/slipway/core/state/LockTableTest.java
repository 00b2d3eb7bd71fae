package dev.slipway.core.state;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import dev.slipway.core.state.LockTable.Lock;
import dev.slipway.core.state.LockTable.Path;
import dev.slipway.testing.Patience;
import dev.slipway.testing.Postgres;
import dev.slipway.testing.PostgresDatabase;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicIntegerArray;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.slf4j.LoggerFactory;

/** Each table here is that of another gateway. */
@Postgres
class LockTableTest {
    private static final Duration NOT = Duration.ZERO;
    private static final Duration LONG = Patience.LIMIT;
    private static final Duration LEASE = Duration.ofMillis(300);

    private final PostgresAddress address;
    private final ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor();
    private StateDatabase first;
    private StateDatabase second;
    private LockTable one;
    private LockTable other;

    LockTableTest(PostgresDatabase database) {
        address = new PostgresAddress(database.url(), null, null);
    }

    @BeforeEach
    void open() {
        first = StateDatabase.open(address);
        second = StateDatabase.open(address);
        one = new LockTable(first, LEASE);
        other = new LockTable(second, LEASE);
    }

    @AfterEach
    void close() {
        one.close();
        other.close();
        executor.close();
        assertThat(rows()).isZero();
        first.close();
        second.close();
    }

    private int rows() {
        return second.read(handle -> handle.createQuery("SELECT COUNT(*) FROM path_locks")
                .mapTo(Integer.class)
                .one());
    }

    private static Path exclusive(String path) {
        return new Path("bucket", path, true);
    }

    private static Path shared(String path) {
        return new Path("bucket", path, false);
    }

    private static boolean isFree(LockTable table, Path... paths) {
        Optional<Lock> lock = table.lock(List.of(paths), NOT);
        lock.ifPresent(Lock::close);
        return lock.isPresent();
    }

    private static Lock lock(LockTable table, Path... paths) {
        return table.lock(List.of(paths), LONG).orElseThrow();
    }

    @Test
    void anExclusiveLockKeepsOtherGatewaysAway() {
        try (Lock _ = lock(one, exclusive("a/b"), shared("a"))) {
            assertThat(isFree(other, exclusive("a/b"))).isFalse();
            assertThat(isFree(other, shared("a/b"))).isFalse();
            assertThat(isFree(other, exclusive("a"))).isFalse();
            assertThat(isFree(other, shared("a"))).isTrue();
            assertThat(isFree(other, exclusive("a/c"), shared("a"))).isTrue();
            assertThat(isFree(other, new Path("elsewhere", "a/b", true))).isTrue();
        }
        assertThat(isFree(other, exclusive("a/b"), exclusive("a"))).isTrue();
    }

    @Test
    void aWaitingLockIsGrantedOnceTheOtherEnds() throws Exception {
        Lock held = lock(one, exclusive("a"));
        Future<Lock> waiting = executor.submit(() -> lock(other, exclusive("a")));
        Patience.await("it waits", () -> rows() == 2);
        assertThat(waiting.isDone()).isFalse();
        held.close();
        waiting.get().close();
    }

    /** Otherwise files that come in all the time would keep a directory from ever being renamed. */
    @Test
    void whoAsksLaterWaitsForWhoAskedFirst() throws Exception {
        Lock reader = lock(one, shared("a"));
        Future<Lock> writer = executor.submit(() -> lock(other, exclusive("a")));
        Patience.await("the writer waits", () -> rows() == 2);
        assertThat(isFree(one, shared("a"))).isFalse();
        reader.close();
        writer.get().close();
        assertThat(isFree(one, shared("a"))).isTrue();
    }

    @Test
    void theLocksOfAGatewayEndSomeTimeAfterIt() {
        StateDatabase third = StateDatabase.open(address);
        Lock _ = lock(new LockTable(third, LEASE), exclusive("a"));
        assertThat(isFree(one, exclusive("a"))).isFalse();
        third.close();
        lock(one, exclusive("a")).close();
    }

    @Test
    void locksThatNobodyWaitsForAreRemovedAfterTheirGatewayHasEnded() throws Exception {
        StateDatabase third = StateDatabase.open(address);
        Lock _ = lock(new LockTable(third, LEASE), exclusive("a"), exclusive("b"));
        one.removeAbandoned();
        assertThat(rows()).isEqualTo(2);
        third.close();
        Patience.await("they are removed", () -> {
            one.removeAbandoned();
            return rows() == 0;
        });
    }

    /** As after a short loss of the database, when all gateways look dead for a moment. */
    @Test
    void theLocksOfAGatewayThatLooksDeadForLessThanTheLeaseStay() {
        StateDatabase third = StateDatabase.open(address);
        Lock _ = lock(new LockTable(third, LEASE), exclusive("a"));
        third.close();
        LockTable patient = new LockTable(first, Duration.ofDays(1));
        assertThat(isFree(patient, exclusive("a"))).isFalse();
        patient.removeAbandoned();
        assertThat(rows()).isEqualTo(1);
        lock(one, exclusive("a")).close();
    }

    /** Only the time without interruption counts. */
    @Test
    void theLeaseOfAGatewayThatWasBackMeanwhileBeginsAnew() throws Exception {
        StateDatabase third = StateDatabase.open(address);
        LockTable table = new LockTable(third, LEASE);
        Lock _ = lock(table, exclusive("a"));
        String run = third.run();
        third.close();
        long firstSeenDead = System.nanoTime();
        one.removeAbandoned();
        assertThat(rows()).isEqualTo(1);
        // It is back, and releases what it has locked.
        try (Connection session = DriverManager.getConnection(address.url());
                Statement statement = session.createStatement()) {
            statement.execute("SELECT pg_advisory_lock(" + 0x534C4950 + ", " + run + ")");
            first.inTransaction(handle -> handle.execute("DELETE FROM path_locks WHERE run = ?", run));
            one.removeAbandoned();
        }
        Patience.await("the lease is over", () -> System.nanoTime() - firstSeenDead > LEASE.toNanos());
        // It has locked something, and is lost again.
        first.inTransaction(handle -> handle.execute(
                "INSERT INTO path_locks (id, run, bucket, path, exclusive, turn) VALUES ('x', ?, 'bucket', 'c', true, 1)",
                run));
        Patience.await("it looks dead", () -> !first.liveRuns().contains(run));
        one.removeAbandoned();
        assertThat(rows()).isEqualTo(1);
        lock(one, exclusive("c")).close();
    }

    @Test
    void theLogSaysIfALockHadEndedBeforeItWasReleased() {
        Logger logger = (Logger) LoggerFactory.getLogger(LockTable.class);
        ListAppender<ILoggingEvent> lines = new ListAppender<>();
        lines.start();
        logger.addAppender(lines);
        try {
            lock(one, exclusive("a")).close();
            assertThat(lines.list).isEmpty();
            Lock lost = lock(one, exclusive("a"));
            second.inTransaction(handle -> handle.execute("DELETE FROM path_locks"));
            lost.close();
            assertThat(lines.list)
                    .singleElement()
                    .satisfies(line -> assertThat(line.getFormattedMessage()).contains("ended before it was released"));
        } finally {
            logger.detachAppender(lines);
        }
    }

    @Test
    void whoWasTakenForDeadWhileWaitingGetsNoLock() throws Exception {
        try (Lock _ = lock(one, exclusive("a"))) {
            Future<Boolean> waiting = executor.submit(
                    () -> other.lock(List.of(exclusive("a")), LONG).isPresent());
            Patience.await("it waits", () -> rows() == 2);
            first.inTransaction(handle -> handle.createUpdate("DELETE FROM path_locks WHERE run = :run")
                    .bind("run", second.run())
                    .execute());
            assertThat(waiting.get()).isFalse();
        }
    }

    @Test
    void closingEndsWaits() throws Exception {
        try (Lock _ = lock(one, exclusive("a"))) {
            Future<Boolean> waiting = executor.submit(
                    () -> other.lock(List.of(exclusive("a")), LONG).isPresent());
            Patience.await("it waits", () -> rows() == 2);
            other.close();
            assertThat(waiting.get()).isFalse();
        }
    }

    @Test
    void aClosedDatabaseIsAFailure() {
        StateDatabase third = StateDatabase.open(address);
        LockTable table = new LockTable(third, LEASE);
        third.close();
        assertThatThrownBy(() -> table.lock(List.of(exclusive("a")), LONG)).isInstanceOf(RuntimeException.class);
        table.close();
    }

    @Test
    @Timeout(Patience.TEST_SECONDS)
    void noUpdateIsLostAndNothingDeadlocks() throws Exception {
        String[] paths = {"a", "b", "c", "d"};
        AtomicIntegerArray counters = new AtomicIntegerArray(paths.length);
        int rounds = 60;
        List<StateDatabase> gateways = new ArrayList<>();
        List<Future<Integer>> workers = new ArrayList<>();
        for (int g = 0; g < 4; g++) {
            StateDatabase gateway = StateDatabase.open(address);
            gateways.add(gateway);
            LockTable table = new LockTable(gateway, LEASE);
            Random random = new Random(g);
            workers.add(executor.submit(() -> count(table, random, paths, counters, rounds)));
        }
        int expected = 0;
        for (Future<Integer> worker : workers) {
            expected += worker.get();
        }
        gateways.forEach(StateDatabase::close);
        int counted = 0;
        for (int i = 0; i < paths.length; i++) {
            counted += counters.get(i);
        }
        assertThat(counted).isEqualTo(expected);
    }

    /** Counts with one thread, as a gateway's own locks would have it. */
    private static int count(LockTable table, Random random, String[] paths, AtomicIntegerArray counters, int rounds) {
        int updates = 0;
        for (int i = 0; i < rounds; i++) {
            Set<Integer> changed = new LinkedHashSet<>(List.of(random.nextInt(paths.length)));
            changed.add(random.nextInt(paths.length));
            int read = random.nextInt(paths.length);
            List<Path> wanted = new ArrayList<>();
            changed.forEach(path -> wanted.add(exclusive(paths[path])));
            if (!changed.contains(read)) {
                wanted.add(shared(paths[read]));
            }
            try (Lock _ = table.lock(wanted, LONG).orElseThrow()) {
                for (int path : changed) {
                    // Not atomic: an update is lost if two threads are here at once.
                    int value = counters.get(path);
                    Thread.onSpinWait();
                    counters.set(path, value + 1);
                    updates++;
                }
            }
        }
        return updates;
    }
}
