package dev.slipway.app;

import static org.assertj.core.api.Assertions.assertThat;

import dev.slipway.testing.S3Bucket;
import dev.slipway.testing.S3Store;
import java.io.IOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A port that accepts connections serves them, from the first one on. */
@S3Store
class PortsTest {
    private static final InetAddress LOOPBACK = InetAddress.getLoopbackAddress();

    /** Below the range of ephemeral ports: a client whose own port is the one it connects to would reach itself. */
    private static int freePort() throws IOException {
        for (; ; ) {
            try (ServerSocket socket =
                    new ServerSocket(ThreadLocalRandom.current().nextInt(20_000, 30_000), 1, LOOPBACK)) {
                return socket.getLocalPort();
            } catch (BindException e) {
                // In use: try another one.
            }
        }
    }

    @Test
    void clientsThatComeBeforeTheStartAreServedAsSoonAsTheyAreAccepted(S3Bucket bucket, @TempDir Path directory)
            throws Exception {
        int sftp = freePort();
        int ftps = freePort();
        AtomicBoolean over = new AtomicBoolean();
        try (ExecutorService clients = Executors.newCachedThreadPool()) {
            List<Future<Integer>> greetings = new ArrayList<>();
            for (int port : List.of(sftp, sftp, ftps, ftps)) {
                greetings.add(clients.submit(() -> firstByte(port, over)));
            }
            try (Gateway _ = RunningGateway.builder(bucket.endpoint().uri(), bucket, directory)
                    .sftpPort(sftp)
                    .explicitPort(ftps)
                    .start()) {
                for (int i = 0; i < greetings.size(); i++) {
                    assertThat(greetings.get(i).get()).isEqualTo(i < 2 ? 'S' : '2');
                }
            } finally {
                over.set(true);
            }
        }
    }

    /** Connects until it succeeds, and returns the first byte received. */
    private static int firstByte(int port, AtomicBoolean over) throws IOException {
        while (!over.get()) {
            try (Socket socket = new Socket()) {
                socket.setSoTimeout(60_000);
                socket.connect(new InetSocketAddress(LOOPBACK, port));
                try {
                    return socket.getInputStream().read();
                } catch (IOException e) {
                    return -1;
                }
            } catch (IOException e) {
                // Not listening yet.
            }
        }
        return -1;
    }

    @Test
    void checkingForFreePortsAcceptsNoConnection() throws Exception {
        int port = freePort();
        AtomicBoolean over = new AtomicBoolean();
        try (ExecutorService clients = Executors.newCachedThreadPool()) {
            Future<Boolean> accepted = clients.submit(() -> isAccepted(port, over));
            for (int i = 0; i < 2000; i++) {
                assertThat(Ports.problem(LOOPBACK, port)).isEmpty();
            }
            over.set(true);
            assertThat(accepted.get()).isFalse();
        }
    }

    private static boolean isAccepted(int port, AtomicBoolean over) {
        while (!over.get()) {
            try (Socket socket = new Socket()) {
                socket.connect(new InetSocketAddress(LOOPBACK, port));
                return true;
            } catch (IOException e) {
                // As expected.
            }
        }
        return false;
    }

    @Test
    void aPortInUseIsDetected() throws Exception {
        try (ServerSocket other = new ServerSocket(0, 1, LOOPBACK)) {
            assertThat(Ports.problem(LOOPBACK, other.getLocalPort())).isPresent();
        }
    }
}
