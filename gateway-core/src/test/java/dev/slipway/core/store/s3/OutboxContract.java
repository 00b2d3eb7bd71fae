package dev.slipway.core.store.s3;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.slipway.core.Failure;
import dev.slipway.core.Protocol;
import dev.slipway.core.s3.memory.Call;
import dev.slipway.core.s3.memory.Call.Operation;
import dev.slipway.core.s3.memory.Fault;
import dev.slipway.core.s3.memory.Faults;
import dev.slipway.core.state.StateDatabase;
import dev.slipway.core.state.UploadTable;
import dev.slipway.core.store.Bytes;
import dev.slipway.core.store.ExpectedObject;
import dev.slipway.core.store.InterruptedUpload;
import dev.slipway.core.store.ObjectAttributes;
import dev.slipway.core.store.ObjectKey;
import dev.slipway.core.store.ObjectWriter;
import dev.slipway.core.store.StoreException;
import dev.slipway.core.store.UploadOrigin;
import dev.slipway.core.store.UploadOwner;
import dev.slipway.core.store.UploadSweeper;
import dev.slipway.core.store.WriteCondition;
import dev.slipway.testing.Patience;
import java.nio.ByteBuffer;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Whoever is told of completed uploads is told of each once, wherever the gateway is killed, and of no other. Run against
 * every kind of state database. One file although it is long: the tests share the ways in which an upload can break off.
 */
abstract class OutboxContract {
    private static final Duration WAIT = Duration.ofSeconds(10);
    private static final UploadOrigin ORIGIN = new UploadOrigin("anna", "/in/file", Protocol.SFTP, "192.0.2.7");

    /** How a file is stored. */
    enum Kind {
        /** By one request, before it has a row in the journal. */
        PUT(10, Operation.PUT, false),
        /** By one request, with a row in the journal, since it took long. */
        NOTED_PUT(2 << 20, Operation.PUT, true),
        /** In parts that nobody can resume. */
        PARTS(11 << 20, Operation.COMPLETE_MULTIPART_UPLOAD, false),
        /** In parts that the account can resume. */
        RESUMABLE_PARTS(11 << 20, Operation.COMPLETE_MULTIPART_UPLOAD, true);

        private final int bytes;
        private final Operation last;
        private final boolean resumable;

        Kind(int bytes, Operation last, boolean resumable) {
            this.bytes = bytes;
            this.last = last;
            this.resumable = resumable;
        }

        UploadOwner owner() {
            return new UploadOwner("anna", resumable, false);
        }
    }

    private final Faults faults = new Faults();
    private final TestOutbox outbox = new TestOutbox();
    private final TestBucket bucket = TestBucket.inMemory().with(faults);
    private final ObjectKey key = new ObjectKey(bucket.name(), "anna/file");
    private final Supplier<StateDatabase> state;
    private final List<TestStore> killed = new ArrayList<>();
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    private TestStore gateway;

    /** @param state opens the database for another gateway */
    OutboxContract(Supplier<StateDatabase> state) {
        this.state = state;
        this.gateway = TestStore.with(state.get(), bucket, outbox);
    }

    @AfterEach
    void close() {
        gateway.close();
        killed.forEach(TestStore::close);
        // A test that failed may have left requests that are held.
        threads.shutdownNow();
        threads.close();
    }

    private String upload(Kind kind, WriteCondition condition, @Nullable UploadOrigin origin) throws StoreException {
        try (ObjectWriter writer = gateway.store().write(key, ObjectAttributes.NONE, kind.owner(), WAIT)) {
            writer.write(ByteBuffer.wrap(Bytes.random(1, kind.bytes)));
            writer.awaitParts();
            return writer.complete(condition, origin).etag();
        }
    }

    private void upload(Kind kind) throws StoreException {
        upload(kind, WriteCondition.ALWAYS, ORIGIN);
    }

    /** Uploads in the background; the last request is held on its way to the store. */
    private Future<?> uploadHeld(Kind kind, CompletableFuture<@Nullable Void> gate) throws InterruptedException {
        faults.once(call -> call.is(kind.last), new Fault.Hold(gate));
        Future<?> upload = threads.submit(() -> {
            upload(kind);
            return null;
        });
        Patience.await("the store is asked", () -> faults.calls().stream().anyMatch(call -> call.is(kind.last)));
        return upload;
    }

    /** Kills the gateway and starts another. */
    private void kill() {
        gateway.kill();
        killed.add(gateway);
        gateway = TestStore.with(state.get(), bucket, outbox);
    }

    private void sweep(Clock clock) {
        UploadSweeper sweeper = new UploadSweeper(gateway.store(), gateway.journal(), clock);
        // Rows of a gateway that has just ended are left until the second look.
        int _ = sweeper.sweep();
        int _ = sweeper.sweep();
    }

    private void sweep() {
        sweep(Clock.systemUTC());
    }

    private List<TestOutbox.Row> told() {
        return TestOutbox.rows(gateway.database());
    }

    private long rows(String table) {
        return gateway.database()
                .read(handle -> handle.createQuery("SELECT COUNT(*) FROM " + table)
                        .mapTo(Long.class)
                        .one());
    }

    private void assertTold(Kind kind) throws StoreException {
        String etag = gateway.store().head(key).orElseThrow().etag();
        assertThat(told())
                .extracting(TestOutbox.Row::upload)
                .containsExactly("anna /in/file SFTP 192.0.2.7 anna/file " + etag + " " + kind.bytes);
        assertNothingIsLeft();
    }

    private void assertNothingIsLeft() {
        assertThat(rows("upload_commits")).isZero();
        assertThat(rows("uploads")).isZero();
    }

    /** Rows of uploads that were given up may remain for a while. */
    private void assertToldOnce(Kind kind) throws StoreException {
        assertThat(rows("upload_commits")).isZero();
        sweep(Clock.offset(Clock.systemUTC(), Duration.ofHours(1)));
        assertTold(kind);
    }

    private void assertNobodyIsTold() {
        assertThat(told()).isEmpty();
    }

    @ParameterizedTest
    @EnumSource
    void aCompletedUploadIsToldOnce(Kind kind) throws Exception {
        upload(kind);
        assertTold(kind);
        sweep();
        kill();
        sweep();
        assertTold(kind);
    }

    @ParameterizedTest
    @EnumSource
    void aKillAfterTheStoreHasConfirmedLosesNothing(Kind kind) throws Exception {
        outbox.fail();
        upload(kind);
        assertNobodyIsTold();
        outbox.heal();

        kill();
        sweep();
        assertTold(kind);
        List<TestOutbox.Row> first = told();
        kill();
        sweep();
        assertThat(told()).isEqualTo(first);
    }

    @ParameterizedTest
    @EnumSource
    void aDatabaseThatFailsAfterTheStoreHasConfirmedLosesNothing(Kind kind) throws Exception {
        outbox.fail();
        upload(kind);
        outbox.heal();

        sweep();
        assertTold(kind);
    }

    @ParameterizedTest
    @EnumSource
    void aKillBeforeTheStoreHasTheLastRequestTellsNobody(Kind kind) throws Exception {
        CompletableFuture<@Nullable Void> gate = new CompletableFuture<>();
        Future<?> upload = uploadHeld(kind, gate);

        kill();
        sweep();
        assertNobodyIsTold();
        // The request may still be on its way.
        assertThat(rows("upload_commits")).isOne();
        sweep(Clock.offset(Clock.systemUTC(), Duration.ofHours(1)));
        assertNobodyIsTold();
        assertThat(rows("upload_commits")).isZero();

        gate.completeExceptionally(new IllegalStateException("killed"));
        assertThatThrownBy(upload::get).isInstanceOf(ExecutionException.class);
        assertNobodyIsTold();
    }

    @ParameterizedTest
    @EnumSource
    void aRequestThatArrivesAfterTheKillIsFound(Kind kind) throws Exception {
        CompletableFuture<@Nullable Void> gate = new CompletableFuture<>();
        Future<?> upload = uploadHeld(kind, gate);
        kill();
        sweep();
        assertNobodyIsTold();

        gate.complete(null);
        upload.get();
        sweep();
        assertTold(kind);
    }

    @ParameterizedTest
    @EnumSource
    void anUploadWhoseAnswerIsLostIsTold(Kind kind) throws Exception {
        faults.once(call -> call.is(kind.last), new Fault.LoseAnswer());
        faults.once(call -> call.is(Operation.HEAD), new Fault.LoseRequest());
        assertThatThrownBy(() -> upload(kind))
                .isInstanceOfSatisfying(
                        StoreException.class, e -> assertThat(e.failure()).isEqualTo(Failure.UNAVAILABLE));
        faults.heal();
        assertThat(gateway.store().head(key)).isPresent();

        Patience.await("the upload is left to the sweeper", () -> {
            sweep();
            return !told().isEmpty();
        });
        assertTold(kind);
    }

    @Test
    void aCompletionFoundAtOnceIsTold() throws Exception {
        faults.once(call -> call.is(Operation.COMPLETE_MULTIPART_UPLOAD), new Fault.LoseAnswer());

        upload(Kind.PARTS);

        Patience.await("it is told", () -> !told().isEmpty());
        assertTold(Kind.PARTS);
    }

    @ParameterizedTest
    @EnumSource
    void aLostRequestTellsNobody(Kind kind) throws Exception {
        faults.once(call -> call.is(kind.last), new Fault.LoseRequest());
        assertThatThrownBy(() -> upload(kind)).isInstanceOf(StoreException.class);

        Patience.await("it is given up", () -> {
            sweep(Clock.offset(Clock.systemUTC(), Duration.ofHours(1)));
            return rows("upload_commits") == 0;
        });
        assertNobodyIsTold();
    }

    /** An upload that the store has, although the gateway does not know. */
    private void loseAnswer(Kind kind) throws Exception {
        faults.once(call -> call.is(kind.last), new Fault.LoseAnswer());
        faults.once(call -> call.is(Operation.HEAD), new Fault.LoseRequest());
        long before = left();
        assertThatThrownBy(() -> upload(kind)).isInstanceOf(StoreException.class);
        faults.heal();
        Patience.await("the upload is left to the sweeper", () -> left() > before);
    }

    private long left() {
        return gateway.database()
                .read(handle -> handle.createQuery(
                                "SELECT COUNT(*) FROM upload_commits c JOIN uploads u ON u.id = c.upload WHERE u.run = ''")
                        .mapTo(Long.class)
                        .one());
    }

    @ParameterizedTest
    @EnumSource
    void aRetryAfterALostAnswerIsToldOnce(Kind kind) throws Exception {
        loseAnswer(kind);
        upload(kind);
        sweep();
        assertToldOnce(kind);
    }

    @ParameterizedTest
    @EnumSource
    void twoRequestsForTheSameBytesWhoseAnswersAreLostAreToldOnce(Kind kind) throws Exception {
        loseAnswer(kind);
        loseAnswer(kind);
        sweep();
        assertToldOnce(kind);
    }

    @ParameterizedTest
    @EnumSource
    void aRequestWhoseAnswerWasLostIsNotToldWhileALaterOneIsUnderWay(Kind kind) throws Exception {
        loseAnswer(kind);
        CompletableFuture<@Nullable Void> gate = new CompletableFuture<>();
        faults.forgetCalls();
        Future<?> retry = uploadHeld(kind, gate);
        sweep();
        assertNobodyIsTold();

        gate.complete(null);
        retry.get();
        sweep();
        assertToldOnce(kind);
    }

    @Test
    void failingLookupsDoNotKeepOtherBucketsWaiting() throws Exception {
        for (int i = 0; i < 1001; i++) {
            leave(new ObjectKey("broken", "file-" + i));
        }
        loseAnswer(Kind.PUT);
        Predicate<Call> broken =
                call -> call.is(Operation.HEAD) && call.bucket().equals("broken");
        faults.always(broken, new Fault.LoseRequest());
        faults.forgetCalls();

        sweep();
        assertThat(told()).hasSize(1);
        assertThat(faults.calls())
                .as("one request in each sweep")
                .filteredOn(broken)
                .hasSize(2);
    }

    /** A row of a PUT whose answer was lost. */
    private void leave(ObjectKey other) {
        UploadTable journal = gateway.journal();
        journal.unanswered(journal.putting(other, new ExpectedObject("\"1\"", null, 1), ORIGIN));
    }

    @Test
    void keysForWhichTheStoreFailsDoNotKeepOthersOfTheirBucketWaiting() throws Exception {
        leave(new ObjectKey(bucket.name(), "damaged-1"));
        leave(new ObjectKey(bucket.name(), "damaged-2"));
        loseAnswer(Kind.PUT);
        faults.always(
                call -> call.is(Operation.HEAD) && call.key().startsWith("damaged"),
                new Fault.Refuse(503, "SlowDownRead"));
        UploadSweeper sweeper = new UploadSweeper(gateway.store(), gateway.journal(), Clock.systemUTC());

        for (int i = 0; i < 3; i++) {
            int _ = sweeper.sweep();
        }
        assertThat(told()).hasSize(1);
        assertThat(sweeper.failing()).isEqualTo(2);
    }

    @ParameterizedTest
    @EnumSource
    void anUploadThatCannotBeLookedUpIsGivenUpAfterADay(Kind kind) throws Exception {
        loseAnswer(kind);
        faults.always(call -> call.is(Operation.HEAD), new Fault.LoseRequest());

        sweep(Clock.offset(Clock.systemUTC(), Duration.ofHours(23)));
        assertThat(rows("upload_commits")).isOne();
        sweep(Clock.offset(Clock.systemUTC(), Duration.ofHours(25)));
        assertNobodyIsTold();
        assertThat(rows("upload_commits")).isZero();
    }

    @Test
    void aSweepDoesNotEndAnUploadThatItsClientHasResumedMeanwhile() throws Exception {
        CompletableFuture<@Nullable Void> lost = new CompletableFuture<>();
        Future<?> first = uploadHeld(Kind.RESUMABLE_PARTS, lost);
        kill();
        lost.completeExceptionally(new IllegalStateException("killed"));
        assertThatThrownBy(first::get).isInstanceOf(ExecutionException.class);
        gateway.journal().recover();

        CompletableFuture<@Nullable Void> lookup = new CompletableFuture<>();
        faults.once(call -> call.is(Operation.HEAD), new Fault.Hold(lookup));
        Future<?> sweep = threads.submit(() -> sweep(Clock.offset(Clock.systemUTC(), Duration.ofHours(1))));
        Patience.await("the store is asked", () -> faults.calls().stream().anyMatch(call -> call.is(Operation.HEAD)));

        InterruptedUpload interrupted = gateway.store().interrupted(key, "anna").orElseThrow();
        ByteBuffer rest = ByteBuffer.wrap(Bytes.random(1, Kind.RESUMABLE_PARTS.bytes));
        rest.position(Math.toIntExact(interrupted.bytes()));
        CompletableFuture<@Nullable Void> completion = new CompletableFuture<>();
        faults.forgetCalls();
        faults.once(call -> call.is(Kind.RESUMABLE_PARTS.last), new Fault.Hold(completion));
        Future<?> resumed = threads.submit(() -> {
            try (ObjectWriter writer = gateway.store().resume(interrupted, interrupted.bytes(), WAIT)) {
                writer.write(rest);
                return writer.complete(WriteCondition.ALWAYS, ORIGIN);
            }
        });
        Patience.await(
                "the upload is completed",
                () -> faults.calls().stream().anyMatch(call -> call.is(Kind.RESUMABLE_PARTS.last)));
        lookup.complete(null);
        sweep.get();
        completion.complete(null);
        resumed.get();

        assertTold(Kind.RESUMABLE_PARTS);
    }

    @Test
    void anUploadIsToldEvenIfItCannotBeAborted() throws Exception {
        loseAnswer(Kind.PARTS);
        faults.always(call -> call.is(Operation.ABORT_MULTIPART_UPLOAD), new Fault.LoseRequest());
        sweep();
        assertThat(told()).hasSize(1);

        faults.heal();
        sweep();
        assertTold(Kind.PARTS);
    }

    @Test
    void aRowThatCannotBeRecordedDoesNotStopTheOthers() throws Exception {
        outbox.fail();
        for (int i = 0; i < 5; i++) {
            ObjectKey other = new ObjectKey(bucket.name(), "file-" + i);
            try (ObjectWriter writer = gateway.store().write(other, ObjectAttributes.NONE, WAIT)) {
                writer.write(ByteBuffer.wrap(new byte[10]));
                writer.complete(WriteCondition.ALWAYS, ORIGIN);
            }
        }
        outbox.failFor("file-2");

        gateway.journal().recover();
        assertThat(told()).hasSize(4);
        outbox.heal();
        gateway.journal().recover();
        assertThat(told()).hasSize(5);
        assertNothingIsLeft();
    }

    @ParameterizedTest
    @EnumSource
    void aRefusedUploadTellsNobodyEvenIfTheFileHasTheSameBytes(Kind kind) throws Exception {
        upload(kind, WriteCondition.ALWAYS, null);

        assertThatThrownBy(() -> upload(kind, WriteCondition.STILL_ABSENT, ORIGIN))
                .isInstanceOfSatisfying(
                        StoreException.class, e -> assertThat(e.failure()).isEqualTo(Failure.CONFLICT));

        sweep();
        kill();
        sweep();
        assertNobodyIsTold();
        assertThat(rows("upload_commits")).isZero();
    }

    @ParameterizedTest
    @EnumSource
    void anAbortedUploadTellsNobody(Kind kind) throws Exception {
        try (ObjectWriter writer = gateway.store().write(key, ObjectAttributes.NONE, kind.owner(), WAIT)) {
            writer.write(ByteBuffer.wrap(new byte[kind.bytes]));
        }
        sweep();
        kill();
        sweep();
        assertNobodyIsTold();
    }

    @ParameterizedTest
    @EnumSource
    void anUploadWithoutAnOriginTellsNobody(Kind kind) throws Exception {
        upload(kind, WriteCondition.ALWAYS, null);
        assertNobodyIsTold();
        assertNothingIsLeft();
    }

    @Test
    void withoutAReceiverASmallFileTakesNoRow() throws Exception {
        gateway.kill();
        killed.add(gateway);
        gateway = TestStore.with(state.get(), bucket);
        CompletableFuture<@Nullable Void> gate = new CompletableFuture<>();
        Future<?> upload = uploadHeld(Kind.PUT, gate);
        assertNothingIsLeft();
        gate.complete(null);
        upload.get();
        assertNothingIsLeft();
        assertNobodyIsTold();
    }
}
