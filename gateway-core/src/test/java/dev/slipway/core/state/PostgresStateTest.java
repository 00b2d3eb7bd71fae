package dev.slipway.core.state;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.slipway.core.Protocol;
import dev.slipway.core.store.ExpectedObject;
import dev.slipway.core.store.InterruptedUpload;
import dev.slipway.core.store.ObjectKey;
import dev.slipway.core.store.UploadJournal;
import dev.slipway.core.store.UploadOrigin;
import dev.slipway.core.store.UploadOwner;
import dev.slipway.testing.Patience;
import dev.slipway.testing.Postgres;
import dev.slipway.testing.PostgresDatabase;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.Statement;
import java.time.Clock;
import org.junit.jupiter.api.Test;

@Postgres
class PostgresStateTest extends StateContract {
    private static final ObjectKey KEY = new ObjectKey("bucket", "key");
    private static final UploadOwner ANNA = new UploadOwner("anna", true, false);

    private final PostgresAddress address;

    PostgresStateTest(PostgresDatabase database) {
        address = new PostgresAddress(database.url(), null, null);
    }

    @Override
    StateDatabase open() {
        return StateDatabase.open(address);
    }

    @Test
    void severalGatewaysShareIt() {
        StateDatabase second = open();
        try (StateDatabase first = open();
                StateDatabase command = StateDatabase.join(address)) {
            assertThat(first.liveRuns()).containsExactlyInAnyOrder(first.run(), second.run());
            assertThat(second.liveRuns()).isEqualTo(first.liveRuns());
            assertThat(first.liveRuns()).doesNotContain(command.run());
            second.close();
            assertThat(first.liveRuns()).containsExactly(first.run());
        }
    }

    @Test
    void anUploadBelongsToItsGatewayUntilThatHasEnded() {
        StateDatabase first = open();
        try (StateDatabase second = open()) {
            UploadTable began = new UploadTable(first, Clock.systemUTC());
            UploadTable other = new UploadTable(second, Clock.systemUTC());
            String id = began.starting(KEY, ANNA);
            began.started(id, "upload");

            other.recover();
            assertThat(other.interrupted(KEY, "anna")).isEmpty();
            assertThat(other.leftBehind()).isEmpty();

            first.close();
            assertThat(other.interrupted(KEY, "anna").orElseThrow().uploadId()).isEqualTo("upload");
            assertThat(other.interruptedBelow("bucket", "k", "anna")).hasSize(1);
            assertThat(other.interrupted(KEY, "bert")).isEmpty();
        }
    }

    /** A gateway whose connection is lost counts as dead, and may find that another one has resumed its upload. */
    @Test
    void aGatewayThatLostItsLockDoesNotEndAnUploadThatAnotherHasResumed() throws Exception {
        try (StateDatabase first = open();
                StateDatabase second = open()) {
            UploadTable began = new UploadTable(first, Clock.systemUTC());
            UploadTable other = new UploadTable(second, Clock.systemUTC());
            String id = began.starting(KEY, ANNA);
            began.started(id, "upload");
            end("SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND objid = "
                    + first.run());
            Patience.await("the lock is released", () -> !second.liveRuns().contains(first.run()));

            InterruptedUpload interrupted = other.interrupted(KEY, "anna").orElseThrow();
            assertThat(began.claim(id)).as("nobody has resumed it yet").isTrue();
            assertThat(other.resumed(id, 0, 0)).as("it has been taken back").isFalse();

            began.interrupted(id, 0, null);
            assertThat(other.resumed(interrupted.id(), 0, 0)).isTrue();
            assertThat(began.claim(id)).isFalse();
            began.interrupted(id, 0, null);
            assertThat(other.claim(id)).isTrue();

            Patience.await("the lock is back", () -> second.liveRuns().contains(first.run()));
        }
    }

    @Test
    void aGatewayDoesNotEndTheCompletionOfAnUploadThatAnotherHasResumed() {
        try (StateDatabase first = open();
                StateDatabase second = open()) {
            UploadTable began = new UploadTable(first, Clock.systemUTC(), 1000, LISTENING);
            UploadTable other = new UploadTable(second, Clock.systemUTC(), 1000, LISTENING);
            UploadOrigin origin = new UploadOrigin("anna", "/k", Protocol.SFTP, "192.0.2.7");
            String id = began.starting(KEY, ANNA);
            began.interrupted(id, 0, null);
            assertThat(other.resumed(id, 0, 0)).isTrue();
            other.completing(id, new ExpectedObject("\"1\"", null, 10), origin);

            began.refused(id);
            began.unanswered(id);
            assertThat(began.aborting(id)).isFalse();
            assertThat(other.unclear()).as("it is in progress").isEmpty();
            assertThat(other.aborting(id)).as("it may be completed").isFalse();
            assertThat(other.unclear()).extracting(UploadJournal.Commit::id).containsExactly(id);
        }
    }

    @Test
    void aRenameBelongsToItsGatewayUntilThatHasEnded() {
        StateDatabase first = open();
        try (StateDatabase second = open()) {
            RenameTable began = new RenameTable(first);
            RenameTable other = new RenameTable(second);
            began.begin(rename(7));
            assertThat(other.takeOver()).isEmpty();
            assertThat(other.isOwn(7)).isFalse();
            assertThat(other.change(7, RenameTable.Phase.COPYING, RenameTable.Phase.UNDOING))
                    .isFalse();
            other.ended(7);
            assertThat(began.isOwn(7)).isTrue();

            first.close();
            assertThat(other.takeOver()).containsExactly(rename(7));
            assertThat(other.takeOver()).isEmpty();
            assertThat(other.change(7, RenameTable.Phase.COPYING, RenameTable.Phase.UNDOING))
                    .isTrue();
        }
    }

    /** Others abort uploads that cannot be resumed, but not after a short loss of the lock. */
    @Test
    void anUploadThatCannotBeResumedBelongsToItsGatewayUntilThatHasEnded() {
        StateDatabase first = open();
        try (StateDatabase second = open()) {
            String id = new UploadTable(first, Clock.systemUTC()).starting(KEY);
            UploadTable other = new UploadTable(second, Clock.systemUTC());
            assertThat(other.leftBehind()).isEmpty();

            first.close();
            assertThat(other.leftBehind()).as("it has only just gone").isEmpty();
            assertThat(other.leftBehind()).extracting(UploadJournal.Entry::id).containsExactly(id);
        }
    }

    /** A gateway was killed twice before the store had returned an upload id. */
    @Test
    void anUploadCanBeTakenOverTwice() {
        for (int i = 0; i < 2; i++) {
            StateDatabase killed = open();
            UploadTable began = new UploadTable(killed, Clock.systemUTC());
            if (i == 0) {
                began.starting(KEY, ANNA);
            } else {
                assertThat(began.resumed(began.allInterrupted().getFirst().id(), 0, 0))
                        .isTrue();
            }
            killed.close();
            try (StateDatabase next = open()) {
                UploadTable journal = new UploadTable(next, Clock.systemUTC());
                journal.recover();
                assertThat(journal.allInterrupted()).hasSize(1);
            }
        }
    }

    /** The gateway counted as dead, and nobody resumed its upload, whose client leaves now. */
    @Test
    void anUploadThatWasTakenOverAndNotResumedIsKept() {
        StateDatabase first = open();
        try (StateDatabase second = open()) {
            UploadTable other = new UploadTable(second, Clock.systemUTC());
            UploadTable began = new UploadTable(first, Clock.systemUTC());
            String id = began.starting(KEY, ANNA);
            first.close();
            other.recover();
            other.interrupted(id, 5, null);
            assertThat(other.interrupted(KEY, "anna").orElseThrow().bytes()).isEqualTo(5);
        }
    }

    private void end(String sql) throws Exception {
        try (Connection connection = DriverManager.getConnection(address.url());
                Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    @Test
    void anUnreachableServerIsNamedWithoutItsPassword() {
        PostgresAddress nowhere = new PostgresAddress("jdbc:postgresql://127.0.0.1:1/nothing", "anna", "secret");
        assertThatThrownBy(() -> StateDatabase.open(nowhere))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("127.0.0.1:1/nothing")
                .hasMessageNotContaining("secret");
        assertThat(nowhere.toString()).doesNotContain("secret");
    }
}
