package dev.slipway.transfer.push;

import static org.assertj.core.api.Assertions.assertThat;

import dev.slipway.testing.S3Bucket;
import dev.slipway.testing.S3Store;
import dev.slipway.testing.SshdServer;
import dev.slipway.transfer.job.JobResult;
import dev.slipway.transfer.remote.TransferMode;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Pushes to servers that open one channel on a connection, and accept few connections. */
@S3Store
class FewChannelsTest {
    private static final int MIB = 1 << 20;

    private final S3Bucket bucket;
    private final Path folder;
    private final Path target;

    FewChannelsTest(S3Bucket bucket, @TempDir Path folder) throws IOException {
        this.bucket = bucket;
        this.folder = folder;
        this.target = Files.createDirectory(folder.resolve("remote")).resolve("target");
    }

    private void assertSent(SshdServer server, int port, TransferMode mode, String compared) throws Exception {
        try (Pushing pushing = new Pushing(bucket, folder, Pushing.remote(server, port, mode, 4), null)) {
            byte[] content = pushing.put("source", 1, 25 * MIB);
            assertThat(pushing.kind().run(new TestRun(pushing.job("source", target), "")))
                    .isInstanceOfSatisfying(
                            JobResult.Done.class,
                            done -> assertThat(done.message()).contains(compared));
            assertThat(target).hasBinaryContent(content);
            assertThat(target.getParent()).isDirectoryNotContaining("glob:**.part");
        }
    }

    /** What finds no channel gets a connection. */
    @ParameterizedTest
    @EnumSource(names = {"DIRECT", "STREAMING"})
    void aServerWithOneChannelPerConnectionGetsFurtherConnections(TransferMode mode) throws Exception {
        try (SshdServer server = SshdServer.options().config("MaxSessions 1").start()) {
            assertSent(server, server.port(), mode, "MD5 compared");
            assertThat(server.log().split("Accepted publickey", -1).length - 1)
                    .as("connections: one for requests, and at most one for each part")
                    .isBetween(3, 5);
        }
    }

    /** Commands and files take turns on the only channel. */
    @ParameterizedTest
    @EnumSource(names = {"DIRECT", "STREAMING"})
    void aServerWithOneChannelAndOneConnectionGetsOnePartAfterTheOther(TransferMode mode) throws Exception {
        try (SshdServer server = SshdServer.options().config("MaxSessions 1").start();
                Gate gate = new Gate(server.port(), 1)) {
            assertSent(server, gate.port(), mode, "MD5 compared");
            assertThat(gate.refused).as("it was asked for more").hasPositiveValue();
        }
    }

    @Test
    void aServerWithOneChannelAndNoShellIsStreamedTo() throws Exception {
        try (SshdServer server = SshdServer.options()
                        .internalSftpOnly()
                        .config("MaxSessions 1")
                        .start();
                Gate gate = new Gate(server.port(), 1)) {
            assertSent(server, gate.port(), TransferMode.AUTO, "size verified");
        }
    }

    /** Two connections for four channels: parts share what there is. */
    @Test
    void asManyConnectionsAreUsedAsTheServerAccepts() throws Exception {
        try (SshdServer server = SshdServer.options().config("MaxSessions 1").start();
                Gate gate = new Gate(server.port(), 2)) {
            assertSent(server, gate.port(), TransferMode.STREAMING, "MD5 compared");
            assertThat(gate.most).hasValue(2);
        }
    }

    /** Lets a number of connections through to a server at a time, and closes the others at once. */
    private static final class Gate implements AutoCloseable {
        private final ServerSocket listener = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        private final int server;
        private final int limit;
        private final AtomicInteger open = new AtomicInteger();
        private final AtomicInteger most = new AtomicInteger();
        private final AtomicInteger refused = new AtomicInteger();

        Gate(int server, int limit) throws IOException {
            this.server = server;
            this.limit = limit;
            Thread.ofVirtual().start(this::accept);
        }

        int port() {
            return listener.getLocalPort();
        }

        private void accept() {
            while (!listener.isClosed()) {
                try {
                    Socket client = listener.accept();
                    if (open.get() == limit) {
                        refused.incrementAndGet();
                        client.close();
                        continue;
                    }
                    most.accumulateAndGet(open.incrementAndGet(), Math::max);
                    Socket onward = new Socket(InetAddress.getLoopbackAddress(), server);
                    AtomicInteger directions = new AtomicInteger(2);
                    pass(client, onward, directions);
                    pass(onward, client, directions);
                } catch (IOException e) {
                    // The test is over.
                }
            }
        }

        private void pass(Socket from, Socket to, AtomicInteger directions) {
            Thread.ofVirtual().start(() -> {
                try (from;
                        to) {
                    from.getInputStream().transferTo(to.getOutputStream());
                } catch (IOException e) {
                    // The other direction has closed it.
                } finally {
                    if (directions.decrementAndGet() == 0) {
                        open.decrementAndGet();
                    }
                }
            });
        }

        @Override
        public void close() throws IOException {
            listener.close();
        }
    }
}
