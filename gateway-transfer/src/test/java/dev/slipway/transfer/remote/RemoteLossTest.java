package dev.slipway.transfer.remote;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.slipway.testing.FaultProxy;
import dev.slipway.testing.Patience;
import dev.slipway.testing.SshdServer;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Servers that are killed or stall, and networks that fail. */
@Timeout(Patience.TEST_SECONDS)
class RemoteLossTest {
    /** Long enough for the answers, but short enough to detect a lost remote soon. */
    private static final RemoteTimeouts QUICK = new RemoteTimeouts(
            Duration.ofSeconds(20), Duration.ofSeconds(50), Duration.ofMillis(300), Duration.ofSeconds(30));

    private static final int CHUNK = 256 * 1024;

    /** For remotes whose loss is noticed by an error. */
    private final RemoteClient client = new RemoteClient(RemoteTimeouts.DEFAULT, null);

    /** Considers a remote lost that is silent for a second. */
    private final RemoteClient watchful = new RemoteClient(QUICK, null);

    private SshdServer server;

    @TempDir
    private Path folder;

    @BeforeEach
    void start() throws Exception {
        server = SshdServer.start();
    }

    @AfterEach
    void close() {
        client.close();
        watchful.close();
        server.close();
    }

    @Test
    void aServerThatIsKilledInTheMiddleOfAFileIsUnreachable() throws Exception {
        Path file = folder.resolve("file");
        try (RemoteConnection connection = client.connect(TestRemotes.of(server))) {
            RemoteFileWriter writer = connection.openForWriting(file.toString(), true);
            writer.write(0, ByteBuffer.allocate(CHUNK));
            writer.flush();

            server.kill();

            assertFails(RemoteFailure.UNREACHABLE, () -> writeOn(writer, CHUNK));
            assertFails(RemoteFailure.UNREACHABLE, () -> writer.write(0, ByteBuffer.allocate(1)));
            assertFails(RemoteFailure.UNREACHABLE, writer::close);
            assertFails(RemoteFailure.UNREACHABLE, () -> connection.stat("/"));
            Patience.await("the connection is lost", () -> !connection.isOpen());
        }

        server.restart();

        try (RemoteConnection again = client.connect(TestRemotes.of(server));
                RemoteFileWriter writer = again.openForWriting(file.toString(), false)) {
            assertThat(again.stat(file.toString()).orElseThrow().size()).isGreaterThanOrEqualTo(CHUNK);
            writer.write(CHUNK, ByteBuffer.allocate(1));
        }
    }

    @Test
    void unacknowledgedBytesDoNotCountAsWritten() throws Exception {
        try (FaultProxy proxy = FaultProxy.tcp(server.port());
                RemoteConnection connection = client.connect(through(proxy))) {
            RemoteFileWriter writer =
                    connection.openForWriting(folder.resolve("file").toString(), true);
            proxy.cutAfter(FaultProxy.Direction.TO_CLIENT, 0, FaultProxy.Ending.RST);

            assertFails(RemoteFailure.UNREACHABLE, () -> {
                writer.write(0, ByteBuffer.allocate(10));
                writer.close();
            });
        }
    }

    @Test
    void aServerThatIsKilledInTheMiddleOfACommandIsUnreachable() throws Exception {
        try (RemoteConnection connection = client.connect(TestRemotes.of(server));
                Execution execution = connection.start("echo started; sleep 1000", new byte[0], Duration.ZERO, 100)) {
            Patience.await("the command has started", () -> execution.output().equals("started\n"));

            server.kill();

            assertFails(RemoteFailure.UNREACHABLE, execution::await);
        }
    }

    @Test
    void theEndOfTheConnectionEndsTheCommands() throws Exception {
        RemoteConnection connection = client.connect(TestRemotes.of(server));
        Execution execution = connection.start("echo $$; sleep 1000", new byte[0], Duration.ZERO, 100);
        Patience.await(
                "the command has said something", () -> execution.output().endsWith("\n"));
        ProcessHandle shell =
                ProcessHandle.of(Long.parseLong(execution.output().strip())).orElseThrow();

        connection.close();

        Patience.await("the shell has ended", () -> !shell.isAlive());
        assertFails(RemoteFailure.UNREACHABLE, execution::await);
    }

    @Test
    void aStalledServerIsNoticed() throws Exception {
        try (RemoteConnection connection = watchful.connect(TestRemotes.of(server))) {
            connection.stat("/");
            server.freeze();
            try {
                assertFails(RemoteFailure.UNREACHABLE, () -> connection.stat("/"));
                Patience.await("the connection is lost", () -> !connection.isOpen());
            } finally {
                server.thaw();
            }
        }
    }

    @Test
    void aNetworkThatDropsEverythingIsNoticed() throws Exception {
        try (FaultProxy proxy = FaultProxy.tcp(server.port());
                RemoteConnection connection = watchful.connect(through(proxy));
                Execution execution = connection.start("sleep 1000", new byte[0], Duration.ZERO, 100)) {
            RemoteFileWriter writer =
                    connection.openForWriting(folder.resolve("file").toString(), true);
            proxy.hang();

            assertFails(RemoteFailure.UNREACHABLE, () -> writeOn(writer, 0));
            assertFails(RemoteFailure.UNREACHABLE, execution::await);
        }
    }

    /** What a remote can do is remembered. */
    @Test
    void aLostConnectionIsNotTakenForARemoteWithoutAShell() throws Exception {
        RemoteTimeouts brief = new RemoteTimeouts(
                Duration.ofSeconds(20), Duration.ofSeconds(1), Duration.ofSeconds(20), Duration.ZERO);
        try (FaultProxy proxy = FaultProxy.tcp(server.port());
                RemoteClient impatient = new RemoteClient(brief, null);
                RemoteConnection connection = impatient.connect(through(proxy))) {
            connection.stat("/");
            proxy.hang();

            assertFails(RemoteFailure.UNREACHABLE, connection::probe);
        }
    }

    @Test
    void aServerThatDoesNotAnswerAtAllIsWaitedForNoLongerThanWanted() throws Exception {
        server.freeze();
        try (RemoteClient impatient = new RemoteClient(
                new RemoteTimeouts(
                        Duration.ofMillis(500), Duration.ofSeconds(20), Duration.ofSeconds(10), Duration.ofSeconds(30)),
                null)) {
            assertFails(RemoteFailure.TIMEOUT, () -> impatient.connect(TestRemotes.of(server)));
            assertFails(RemoteFailure.TIMEOUT, () -> impatient.hostKeys("127.0.0.1", server.port()));
        } finally {
            server.thaw();
        }
    }

    private Remote through(FaultProxy proxy) throws Exception {
        return TestRemotes.of(
                proxy.port(),
                server.user(),
                List.of(server.hostKey()),
                new Credentials.PrivateKey(Files.readString(server.userKey()), null));
    }

    /** Writes until that fails; as much as no network keeps for long. */
    private static void writeOn(RemoteFileWriter writer, long start) throws RemoteException {
        for (long offset = start; offset < 64L << 20; offset += CHUNK) {
            writer.write(offset, ByteBuffer.allocate(CHUNK));
        }
        writer.flush();
    }

    private static void assertFails(RemoteFailure failure, ThrowingCallable call) {
        assertThatThrownBy(call)
                .isInstanceOfSatisfying(
                        RemoteException.class,
                        e -> assertThat(e.failure()).as(e.getMessage()).isEqualTo(failure));
    }
}
