package dev.slipway.ingest.pull;

import static org.assertj.core.api.Assertions.assertThat;

import dev.slipway.core.account.SettableClock;
import dev.slipway.core.setting.SettingsBuilder;
import dev.slipway.core.state.PostgresAddress;
import dev.slipway.core.state.StateDatabase;
import dev.slipway.core.store.s3.TestBucket;
import dev.slipway.core.store.s3.TestStore;
import dev.slipway.testing.Patience;
import dev.slipway.testing.Postgres;
import dev.slipway.testing.PostgresDatabase;
import dev.slipway.testing.S3Bucket;
import dev.slipway.testing.S3Store;
import dev.slipway.testing.SshdServer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Pulls that run by their schedules. */
@S3Store
@Postgres
class PullSchedulesTest {
    private static @Nullable SshdServer sshd;

    private final S3Bucket bucket;
    private final PostgresDatabase shared;
    private final Path folder;
    private final Path source;
    private final SettableClock clock = new SettableClock();

    PullSchedulesTest(S3Bucket bucket, PostgresDatabase shared, @TempDir Path folder) throws IOException {
        this.bucket = bucket;
        this.shared = shared;
        this.folder = folder;
        this.source = Files.createDirectory(folder.resolve("source"));
    }

    @BeforeAll
    static void startServer() throws IOException {
        sshd = SshdServer.start();
    }

    @AfterAll
    static void stopServer() {
        sshd().close();
    }

    private static SshdServer sshd() {
        if (sshd == null) {
            throw new IllegalStateException("not started");
        }
        return sshd;
    }

    private SettingsBuilder<PullSettings> settings() {
        return PullingGateway.settings(source)
                .set("settledAfter", "0s")
                .set("incremental", "*/5 * * * *")
                .set("full", "0 3 * * *");
    }

    private PullingGateway start() throws IOException {
        return start(new TestStore(bucket.endpoint(), folder.resolve("store")));
    }

    private PullingGateway start(TestStore store) throws IOException {
        return new PullingGateway(
                store,
                bucket.name(),
                PullingGateway.remote(sshd(), sshd().port()),
                clock,
                List.of(settings().build()));
    }

    private static PullState state(PullingGateway gateway) {
        return gateway.pulls().state("p").orElseThrow();
    }

    private static void awaitRuns(PullingGateway gateway, int count) throws InterruptedException {
        Patience.await(count + " runs", () -> gateway.pulls().history("p", 10).size() == count && hasEnded(gateway));
    }

    private static boolean hasEnded(PullingGateway gateway) {
        String job = state(gateway).lastJob();
        return job != null && gateway.find(job).state().isEnd();
    }

    @Test
    void aPullRunsWhenItIsDueAndOnceForRunsThatWereMissed() throws Exception {
        Files.writeString(source.resolve("a.txt"), "a");
        try (PullingGateway gateway = start()) {
            assertThat(state(gateway).next()).hasValue(Instant.parse("2026-01-01T00:05:00Z"));
            assertThat(state(gateway).nextFull()).isEqualTo(Instant.parse("2026-01-01T03:00:00Z"));
            clock.advance(Duration.ofMinutes(5));
            awaitRuns(gateway, 1);
            assertThat(gateway.isStored("/a.txt")).isTrue();
            assertThat(state(gateway).next()).hasValue(Instant.parse("2026-01-01T00:10:00Z"));
        }
        clock.advance(Duration.ofHours(5));
        try (PullingGateway gateway = start()) {
            awaitRuns(gateway, 2);
            assertThat(gateway.pulls().history("p", 1))
                    .singleElement()
                    .satisfies(run -> assertThat(run.full()).isTrue());
            assertThat(state(gateway).next()).hasValue(Instant.parse("2026-01-01T05:10:00Z"));
            assertThat(state(gateway).skipped()).isZero();
        }
    }

    @Test
    void aRunThatIsDueWhileAnotherOneIsUnderWayIsSkippedAndCounted() throws Exception {
        try (PullingGateway gateway = start()) {
            sshd().freeze();
            try {
                clock.advance(Duration.ofMinutes(5));
                Patience.await("the first one runs", () -> state(gateway).lastJob() != null);
                clock.advance(Duration.ofMinutes(5));
                Patience.await("the second one is skipped", () -> state(gateway).skipped() == 1);
            } finally {
                sshd().thaw();
            }
            awaitRuns(gateway, 1);
            clock.advance(Duration.ofMinutes(5));
            awaitRuns(gateway, 2);
        }
    }

    @Test
    void runsWithNothingToDoAreOnlyInTheHistoryOfThePull() throws Exception {
        Files.writeString(source.resolve("a.txt"), "a");
        try (PullingGateway gateway = start()) {
            for (int i = 1; i <= 4; i++) {
                clock.advance(Duration.ofMinutes(5));
                awaitRuns(gateway, i);
                Patience.await(
                        "its end is reported",
                        () -> gateway.count("SELECT COUNT(*) FROM jobs WHERE reporter IS NOT NULL") == 0);
            }

            // The one that has stored the file, and the last one.
            assertThat(gateway.jobs()).isEqualTo(2);
            assertThat(gateway.pulls().history("p", 10)).hasSize(4);
        }
    }

    @Test
    void aPausedPullRunsOnDemandOnly() throws Exception {
        try (PullingGateway gateway = start()) {
            assertThat(gateway.pulls().pause("p")).isTrue();
            assertThat(gateway.pulls().pause("p")).isFalse();
            clock.advance(Duration.ofHours(1));
            assertThat(state(gateway).next()).isEmpty();
            gateway.run(false);

            assertThat(gateway.pulls().resume("p")).isTrue();

            assertThat(state(gateway).next()).hasValue(Instant.parse("2026-01-01T01:05:00Z"));
            assertThat(gateway.pulls().history("p", 10)).hasSize(1);
        }
    }

    @Test
    void gatewaysThatShareADatabaseRunAPullOnce() throws Exception {
        Files.writeString(source.resolve("a.txt"), "a");
        try (PullingGateway one = start(sharedStore());
                PullingGateway other = start(sharedStore())) {
            for (int i = 1; i <= 3; i++) {
                clock.advance(Duration.ofMinutes(5));
                awaitRuns(one, i);
            }
            assertThat(other.pulls().history("p", 10)).hasSize(3);
            assertThat(other.pulls().history("p", 10).stream()
                            .mapToLong(run -> run.report().stored())
                            .sum())
                    .isEqualTo(1);
            assertThat(state(other).skipped()).isZero();
        }
    }

    private TestStore sharedStore() {
        return TestStore.with(StateDatabase.open(new PostgresAddress(shared.url(), null, null)), TestBucket.of(bucket));
    }
}
