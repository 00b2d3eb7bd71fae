package dev.slipway.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.slipway.app.config.ConfigurationException;
import dev.slipway.core.store.Bytes;
import dev.slipway.testing.Patience;
import dev.slipway.testing.S3Bucket;
import dev.slipway.testing.S3Store;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** How much of a small heap unauthenticated clients can use. */
@S3Store
class SmallHeapTest {
    private static final int CLIENTS = 500;

    /** The library's own limit. */
    private static final int HUGE_PACKET = 256 << 10;

    private static final int LARGEST_PACKET = 35_000;

    private final S3Bucket bucket;
    private final Path directory;

    SmallHeapTest(S3Bucket bucket, @TempDir Path directory) {
        this.bucket = bucket;
        this.directory = directory;
    }

    @Test
    void incompletePacketsOfManyClientsDoNotFillTheHeap() throws Exception {
        Path configuration = ServeProcess.configuration(directory, bucket, "");
        Files.writeString(
                configuration,
                Files.readString(configuration)
                        .replace(
                                "sftp: {",
                                "sftp: {maxUnauthenticatedConnections: %1$d, maxUnauthenticatedPerAddress: %1$d, randomDropFrom: %1$d, "
                                        .formatted(CLIENTS + 1)));
        Path file = Files.write(directory.resolve("file"), Bytes.random(1, 1000));
        List<Socket> clients = new ArrayList<>();
        try (ServeProcess gateway = ServeProcess.start(directory.resolve("log"), configuration)) {
            for (int size : new int[] {HUGE_PACKET, LARGEST_PACKET}) {
                for (int i = 0; i < CLIENTS; i++) {
                    clients.add(sendMostOf(size, gateway.ports().ssh()));
                }

                Protocol.SFTP
                        .upload(gateway.ports(), file, "file-" + size, Protocol.UNLIMITED)
                        .run(Patience.LIMIT)
                        .assertSuccess();
                for (Socket client : clients) {
                    client.close();
                }
            }

            assertThat(gateway.process().isAlive()).isTrue();
            assertThat(gateway.log()).doesNotContain("OutOfMemoryError");
        } finally {
            for (Socket client : clients) {
                client.close();
            }
        }
    }

    /** Announces a packet, and sends all of it except the last byte. */
    private static Socket sendMostOf(int size, int port) throws IOException {
        Socket socket = new Socket(InetAddress.getLoopbackAddress(), port);
        try {
            socket.getOutputStream().write("SSH-2.0-Test\r\n".getBytes(StandardCharsets.US_ASCII));
            socket.getOutputStream()
                    .write(ByteBuffer.allocate(Integer.BYTES + size - 1)
                            .putInt(size)
                            .array());
        } catch (SocketException e) {
            // Refused.
        }
        return socket;
    }

    @Test
    void aLimitThatDoesNotFitTheHeapIsRefusedWithASuggestion() {
        assertThatThrownBy(() -> RunningGateway.builder(bucket.endpoint().uri(), bucket, directory)
                        .set("sftp.maxUnauthenticatedConnections", "100000000")
                        .start()
                        .close())
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContainingAll("sftp.maxUnauthenticatedConnections", "100000000", "at most", "-Xmx");
    }

    /** A login without the password would end the process. */
    @Test
    void aPasswordHashThatTakesMostOfTheHeapIsRefusedWithASuggestion() {
        assertThatThrownBy(() -> RunningGateway.builder(bucket.endpoint().uri(), bucket, directory)
                        .set("accounts[1].name", "bert")
                        .set(
                                "accounts[1].passwordHash",
                                "$argon2id$v=19$m=262144,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc")
                        .start()
                        .close())
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContainingAll("accounts[1].passwordHash", "256MiB", "hash-password", "-Xmx");
    }
}
