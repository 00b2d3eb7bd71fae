package dev.slipway.ingest.retention;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.slipway.core.account.SettableClock;
import dev.slipway.core.event.GatewayEvent;
import dev.slipway.core.event.Operation;
import dev.slipway.core.s3.memory.Call;
import dev.slipway.core.s3.memory.Fault;
import dev.slipway.core.s3.memory.Faults;
import dev.slipway.core.setting.SettingsBuilder;
import dev.slipway.core.state.PostgresAddress;
import dev.slipway.core.state.StateDatabase;
import dev.slipway.core.store.s3.TestBucket;
import dev.slipway.core.store.s3.TestStore;
import dev.slipway.testing.Patience;
import dev.slipway.testing.Postgres;
import dev.slipway.testing.PostgresDatabase;
import dev.slipway.transfer.job.Job;
import dev.slipway.transfer.job.JobState;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Old files are deleted or moved. The store is in memory, with faults; all files in it are 40 days old. */
@Postgres
@Timeout(value = Patience.TEST_SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class RetentionTest {
    private static final Clock LATER = Clock.offset(Clock.systemUTC(), Duration.ofDays(40));

    private final Faults faults = new Faults();
    private final TestBucket bucket = TestBucket.inMemory().with(faults);
    private final PostgresDatabase shared;

    @TempDir
    private Path folder;

    RetentionTest(PostgresDatabase shared) {
        this.shared = shared;
    }

    private RetainingGateway start(SettingsBuilder<RetentionSettings> settings) {
        return new RetainingGateway(
                new TestStore(bucket, folder.resolve("state")), bucket.name(), LATER, List.of(settings.build()));
    }

    private static void assertSucceeded(Job job) {
        assertThat(job.state()).as(job.message()).isEqualTo(JobState.SUCCEEDED);
    }

    private static RetentionCounters counters(RetainingGateway gateway) {
        return Objects.requireNonNull(gateway.tasks().counters().get("old"));
    }

    @Test
    void onlyOldFilesOfTheSourceAreDeleted() throws Exception {
        try (RetainingGateway gateway = start(
                RetainingGateway.settings().set("include", "**/*.csv, sub/**").set("exclude", "keep/**"))) {
            for (String key : List.of("in/a.csv", "in/b.txt", "in/keep/c.csv", "in/sub/deep/d", "out/e.csv")) {
                gateway.put(key, key);
            }
            Job job = gateway.run(false);

            assertSucceeded(job);
            assertThat(job.message()).isEqualTo("deleted 2 files, 21 bytes, of 4");
            assertThat(gateway.keys()).containsExactly("in/b.txt", "in/keep/c.csv", "out/e.csv");
            assertThat(gateway.events())
                    .filteredOn(event -> event instanceof GatewayEvent.Done done
                            && done.operation() == Operation.DELETE
                            && done.client().account().equals("retention:old"))
                    .extracting(event -> ((GatewayEvent.Done) event).path().toString())
                    .containsExactlyInAnyOrder(
                            "/" + bucket.name() + "/in/a.csv", "/" + bucket.name() + "/in/sub/deep/d");
            assertThat(counters(gateway).files()).isEqualTo(2);
        }
        try (RetainingGateway gateway = start(RetainingGateway.settings().set("olderThan", "41d"))) {
            assertThat(gateway.run(false).message()).isEqualTo("deleted 0 files, 0 bytes, of 2");
        }
    }

    /** Their members may have no other copy. */
    @Test
    void archivesStay() throws Exception {
        UUID id = UUID.randomUUID();
        try (RetainingGateway gateway = start(RetainingGateway.settings())) {
            gateway.putArchive(id, "in/archives/" + id + ".tar.zst");
            gateway.put("in/archives/" + id + ".index.json.gz", "the index");
            gateway.put("in/" + UUID.randomUUID() + ".tar", "somebody's own");
            Job job = gateway.run(false);

            assertSucceeded(job);
            assertThat(job.message()).startsWith("deleted 1 file, ");
            assertThat(gateway.keys())
                    .containsExactly("in/archives/" + id + ".index.json.gz", "in/archives/" + id + ".tar.zst");
        }
    }

    @Test
    void aDryRunChangesNothingAndSaysWhatItWouldDo() throws Exception {
        try (RetainingGateway gateway =
                start(RetainingGateway.settings().set("action", "move").set("target.prefix", "old/"))) {
            gateway.put("in/a", "1");
            assertThat(gateway.run(true).message()).isEqualTo("would move 1 file, 1 byte, of 1");

            assertThat(gateway.keys()).containsExactly("in/a");
            assertThat(gateway.report().problems()).containsExactly("would move in/a (1 byte)");
            assertThat(counters(gateway).files()).isZero();
        }
        try (RetainingGateway gateway = start(RetainingGateway.settings().set("dryRun", "true"))) {
            assertThat(gateway.run(false).message()).startsWith("would delete 1 file");
            assertThat(gateway.keys()).containsExactly("in/a");
        }
    }

    @Test
    void filesOfAnAccountsFolderAreMovedByATemplate() throws Exception {
        try (RetainingGateway gateway = start(new SettingsBuilder<>(RetentionSettings.class)
                .set("name", "old")
                .set("source.account", "anna")
                .set("source.folder", "/in")
                .set("olderThan", "30d")
                .set("action", "move")
                .set("target.prefix", "old/")
                .set("target.key", "{task}/{path}"))) {
            gateway.put("anna/in/sub/a", "1");
            gateway.put("anna/b", "2");
            assertSucceeded(gateway.run(false));

            assertThat(gateway.keys()).containsExactly("anna/b", "old/old/sub/a");
        }
    }

    /** An earlier run may have been killed between the copy and the deletion. */
    @Test
    void aFileThatIsAtTheTargetIsNotReplaced() throws Exception {
        try (RetainingGateway gateway =
                start(RetainingGateway.settings().set("action", "move").set("target.prefix", "old/"))) {
            gateway.put("in/same", "content");
            gateway.put("old/same", "content");
            gateway.put("in/other", "content");
            gateway.put("old/other", "another");
            Job job = gateway.run(false);

            assertThat(job.state()).isEqualTo(JobState.FAILED);
            assertThat(job.message()).contains("moved 1 file", "1 failed", "in/other: ");
            assertThat(gateway.keys()).containsExactly("in/other", "old/other", "old/same");
        }
    }

    @Test
    void aFileThatIsReplacedMeanwhileStays() throws Exception {
        CompletableFuture<@Nullable Void> gate = new CompletableFuture<>();
        try (RetainingGateway gateway = start(RetainingGateway.settings())) {
            gateway.put("in/a", "old");
            faults.once(call -> call.is(Call.Operation.HEAD, "in/a"), new Fault.Hold(gate));
            String job = gateway.start(false);
            Patience.await(
                    "it is about to be deleted",
                    () -> faults.calls().stream().anyMatch(call -> call.is(Call.Operation.HEAD, "in/a")));
            gateway.put("in/a", "newer");
            gate.complete(null);

            assertThat(gateway.await(job).message())
                    .isEqualTo("deleted 0 files, 0 bytes, of 1; 1 were replaced or deleted meanwhile, and left alone");
            assertThat(gateway.keys()).containsExactly("in/a");
        }
    }

    /** The file is still there, so it is none that somebody else has dealt with. */
    @Test
    void aFileThatCannotBeMovedSinceItsTargetHasGoneIsAFailure() throws Exception {
        CompletableFuture<@Nullable Void> gate = new CompletableFuture<>();
        AtomicBoolean isHeld = new AtomicBoolean();
        try (RetainingGateway gateway = start(RetainingGateway.settings()
                .set("action", "move")
                .set("target.prefix", "old/")
                .set("include", "a, z"))) {
            gateway.put("in/a", "1");
            gateway.put("in/z", "2");
            for (int i = 0; i < 1000; i++) {
                gateway.put("in/m" + i, "");
            }
            // The files of one page are dealt with before the next page is asked for.
            faults.once(
                    call -> call.is(Call.Operation.LIST, "in/")
                            && isAnyMoved(gateway)
                            && isHeld.compareAndSet(false, true),
                    new Fault.Hold(gate));
            String job = gateway.start(false);
            Patience.await("the first file is moved", isHeld::get);
            gateway.deleteFolder("/old", "a");
            gate.complete(null);

            Job ended = gateway.await(job);
            assertThat(ended.state()).as(ended.message()).isEqualTo(JobState.FAILED);
            assertThat(ended.message()).contains("1 failed", "in/z: ");
            assertThat(gateway.keys()).contains("in/z");
        }
    }

    private static boolean isAnyMoved(RetainingGateway gateway) {
        return gateway.events().stream().anyMatch(event -> event instanceof GatewayEvent.Renamed);
    }

    @Test
    void nothingIsDeletedUnlessEverythingCanBeListed() throws Exception {
        AtomicInteger pages = new AtomicInteger();
        try (RetainingGateway gateway = start(RetainingGateway.settings())) {
            for (int i = 0; i < 1100; i++) {
                gateway.put("in/" + i, "");
            }
            faults.once(
                    call -> call.is(Call.Operation.LIST, "in/") && pages.incrementAndGet() == 2,
                    new Fault.Refuse(403, "AccessDenied"));
            Job refused = gateway.run(false);
            assertThat(refused.state()).as(refused.message()).isEqualTo(JobState.FAILED);
            assertThat(refused.message()).startsWith("the files could not be listed: ");
            assertThat(gateway.keys()).hasSize(1100);

            assertSucceeded(gateway.run(false));
            assertThat(gateway.report().done()).isEqualTo(1100);
            assertThat(gateway.keys()).isEmpty();
        }
    }

    @Test
    void gatewaysThatShareADatabaseRunATaskOnceWhenItIsDue() throws Exception {
        SettableClock clock = new SettableClock();
        try (RetainingGateway one = sharing(clock);
                RetainingGateway other = sharing(clock)) {
            assertThat(one.tasks().list().getFirst().next()).isEqualTo(Instant.parse("2026-01-01T02:00:00Z"));
            for (int i = 1; i <= 2; i++) {
                int runs = i;
                clock.advance(i == 1 ? Duration.ofHours(3) : Duration.ofDays(1));
                Patience.await("run " + i, () -> one.tasks().history("old", 10).size() == runs);
                String job = one.tasks().list().getFirst().lastJob();
                Patience.await(
                        "it ends",
                        () -> job != null && one.find(job).orElseThrow().state().isEnd());
            }
            assertThat(other.tasks().history("old", 10)).hasSize(2);
            assertThat(other.tasks().list().getFirst().skipped()).isZero();
            // 3:00 in summer would be 1:00 UTC.
            assertThat(other.tasks().list().getFirst().next()).isEqualTo(Instant.parse("2026-01-03T02:00:00Z"));
        }
    }

    private RetainingGateway sharing(Clock clock) {
        return new RetainingGateway(
                TestStore.with(StateDatabase.open(new PostgresAddress(shared.url(), null, null)), bucket),
                bucket.name(),
                clock,
                List.of(RetainingGateway.settings()
                        .set("schedule", "0 3 * * *")
                        .set("timeZone", "Europe/Berlin")
                        .build()));
    }

    @Test
    void mistakesInTheSettingsAreReported() {
        assertThatThrownBy(() -> RetainingGateway.settings()
                        .set("source.account", "anna")
                        .set("target.prefix", "old/")
                        .set("schedule", "0 3 * *")
                        .set("timeZone", "Berlin")
                        .build())
                .hasMessageContaining("source.account")
                .hasMessageContaining("target: requires action: move")
                .hasMessageContaining("schedule")
                .hasMessageContaining("timeZone");
        assertThatThrownBy(() ->
                        RetainingGateway.settings().set("olderThan", "10m").build())
                .hasMessageContaining("olderThan");
        assertThatThrownBy(() -> RetainingGateway.settings()
                        .set("action", "move")
                        .set("target.prefix", "in/old/")
                        .build())
                .hasMessageContaining("must not lie within the source");
        assertThatThrownBy(
                        () -> RetainingGateway.settings().set("action", "move").build())
                .hasMessageContaining("must say where old files are moved to");
    }
}
