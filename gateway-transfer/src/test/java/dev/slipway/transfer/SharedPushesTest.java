package dev.slipway.transfer;

import static org.assertj.core.api.Assertions.assertThat;

import dev.slipway.core.state.PostgresAddress;
import dev.slipway.core.state.StateDatabase;
import dev.slipway.core.store.Bytes;
import dev.slipway.core.store.s3.TestStore;
import dev.slipway.testing.Patience;
import dev.slipway.testing.Postgres;
import dev.slipway.testing.PostgresDatabase;
import dev.slipway.testing.S3Bucket;
import dev.slipway.testing.S3Store;
import dev.slipway.testing.SshdServer;
import dev.slipway.transfer.job.Job;
import dev.slipway.transfer.job.JobFilter;
import dev.slipway.transfer.job.JobState;
import dev.slipway.transfer.push.PushOrder;
import dev.slipway.transfer.remote.Credentials;
import dev.slipway.transfer.remote.Remote;
import dev.slipway.transfer.remote.TransferMode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import software.amazon.awssdk.core.async.AsyncRequestBody;
import software.amazon.awssdk.services.s3.S3AsyncClient;

/** Pushes of gateways that share a database. */
@S3Store
@Postgres
class SharedPushesTest {
    private static final int JOBS = 200;
    private static final String OTHER = "other";

    /** For a whole test, on a busy machine. */
    private static final Duration LIMIT = Patience.LIMIT;

    private final PostgresDatabase address;
    private final S3Bucket bucket;

    @TempDir
    private Path folder;

    SharedPushesTest(PostgresDatabase address, S3Bucket bucket) {
        this.address = address;
        this.bucket = bucket;
    }

    /** The test removes each file as it arrives, so that a second delivery would be noticed. */
    @Test
    void jobsOfAKilledGatewayArriveOnce() throws Exception {
        Path target = Files.createDirectory(folder.resolve("remote"));
        Path taken = Files.createDirectory(folder.resolve("taken"));
        putAll();
        // The fastest key exchange, since there are many connections.
        try (SshdServer sshd = SshdServer.options()
                        .config("KexAlgorithms curve25519-sha256")
                        .start();
                StateDatabase database = StateDatabase.open(new PostgresAddress(address.url(), null, null));
                TestStore store = new TestStore(bucket.endpoint(), folder.resolve("store"));
                Transfers transfers = PushingGateway.transfers(database, store)) {
            transfers.remotes().put(remote(sshd));
            for (int i = 0; i < JOBS; i++) {
                transfers.pushes().submit(PushOrder.of(bucket.name() + ":" + i, "vault:" + target + "/" + i, "test"));
            }
            try (PushingGateway other =
                    PushingGateway.start(otherAddress(), bucket.endpoint(), folder.resolve("other"))) {
                await("the other one works", target, taken, () -> byOthers(database) > 0);
                transfers.start();
                await("it has done some", target, taken, () -> byOthers(database) >= JOBS / 6);
                freezeAtWork(other, database);
                other.kill();
            }
            await("all are done", target, taken, () -> succeeded(transfers).size() == JOBS);
            assertThat(byOthers(database)).isLessThan(JOBS);
            assertThat(succeeded(transfers)).anyMatch(job -> job.attempt() > 1);
        }
        assertThat(target).isEmptyDirectory();
        for (int i = 0; i < JOBS; i++) {
            assertThat(taken.resolve(String.valueOf(i))).hasBinaryContent(content(i));
        }
        try (Stream<Path> files = Files.list(taken)) {
            assertThat(files).hasSize(JOBS);
        }
    }

    /** A condition to wait for. */
    private interface Condition {
        boolean holds();
    }

    /** Waits for a condition, and removes arriving files. */
    private static void await(String what, Path target, Path taken, Condition condition) throws Exception {
        long end = System.nanoTime() + LIMIT.toNanos();
        boolean holds = false;
        Object monitor = new Object();
        while (!holds) {
            assertThat(System.nanoTime()).as(what).isLessThan(end);
            // Checked before the last look at the folder.
            holds = condition.holds();
            take(target, taken);
            synchronized (monitor) {
                monitor.wait(20);
            }
        }
    }

    private static void take(Path target, Path taken) throws IOException {
        List<Path> arrived = new ArrayList<>();
        try (Stream<Path> files = Files.list(target)) {
            files.filter(file -> !file.getFileName().toString().startsWith(".")).forEach(arrived::add);
        }
        for (Path file : arrived) {
            // Fails if the file has already arrived before.
            Files.move(file, taken.resolve(file.getFileName()));
        }
    }

    private static byte[] content(int number) {
        return Bytes.random(number, 1000 + number);
    }

    private void putAll() {
        try (S3AsyncClient s3 = bucket.endpoint().newClient()) {
            List<CompletableFuture<?>> puts = new ArrayList<>();
            for (int i = 0; i < JOBS; i++) {
                String key = String.valueOf(i);
                puts.add(s3.putObject(
                        request -> request.bucket(bucket.name()).key(key), AsyncRequestBody.fromBytes(content(i))));
            }
            puts.forEach(CompletableFuture::join);
        }
    }

    private static Remote remote(SshdServer sshd) throws IOException {
        return new Remote(
                "vault",
                "127.0.0.1",
                sshd.port(),
                sshd.user(),
                new Credentials.PrivateKey(Files.readString(sshd.userKey()), null),
                List.of(sshd.hostKey()),
                List.of(),
                TransferMode.STREAMING,
                6,
                Remote.DEFAULT_MAX_CHANNELS,
                OptionalInt.empty(),
                "");
    }

    private static List<Job> succeeded(Transfers transfers) {
        return transfers.jobs().list(JobFilter.in(Set.of(JobState.SUCCEEDED), 1000));
    }

    /** The number of completed attempts by other gateways. */
    private static int byOthers(StateDatabase database) {
        return count(database, "SELECT COUNT(*) FROM job_attempts WHERE gateway <> :own AND ended IS NOT NULL");
    }

    private static int count(StateDatabase database, String sql) {
        return database.read(handle -> handle.createQuery(sql)
                .bind("own", database.run())
                .mapTo(Integer.class)
                .one());
    }

    private String otherAddress() {
        return address.url() + (address.url().contains("?") ? "&" : "?") + "ApplicationName=" + OTHER;
    }

    /** Freezes a gateway while it runs some jobs. */
    private static void freezeAtWork(PushingGateway gateway, StateDatabase database) throws Exception {
        for (int i = 0; i < 1000; i++) {
            gateway.freeze();
            // By then the database has processed what the gateway has sent.
            Patience.await("the database is idle", () -> sessionsAtWork(database) == 0);
            int jobs = count(
                    database,
                    "SELECT COUNT(*) FROM jobs WHERE gateway IS NOT NULL AND gateway <> :own AND state = 'RUNNING'");
            if (jobs > 1) {
                return;
            }
            gateway.thaw();
        }
        throw new AssertionError("it is never at work");
    }

    /** Sessions at work, except those that wait for a frozen gateway: for its lock, its request or its reading. */
    private static int sessionsAtWork(StateDatabase database) {
        return database.read(handle -> handle.createQuery(
                        "SELECT COUNT(*) FROM pg_stat_activity WHERE application_name = :name AND state = 'active'"
                                + " AND COALESCE(wait_event_type, '') NOT IN ('Lock', 'Client')")
                .bind("name", OTHER)
                .mapTo(Integer.class)
                .one());
    }
}
