package dev.slipway.app;

import static org.assertj.core.api.Assertions.assertThat;

import dev.slipway.app.Protocol.ListenPorts;
import dev.slipway.core.store.Bytes;
import dev.slipway.testing.ClientCommand;
import dev.slipway.testing.ClientResult;
import dev.slipway.testing.Clients;
import dev.slipway.testing.Patience;
import dev.slipway.testing.Postgres;
import dev.slipway.testing.PostgresDatabase;
import dev.slipway.testing.RunningClient;
import dev.slipway.testing.S3Bucket;
import dev.slipway.testing.S3Store;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Two gateways behind HAProxy, with the configuration that we ship, are restarted one after the other. */
@S3Store
@Postgres
@Timeout(value = Patience.TEST_SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class RollingRestartTest {
    private static final Duration LIMIT = Patience.LIMIT;
    private static final int FILES = 12;
    private static final int FILE_BYTES = 300_000;

    /** So that a gateway shuts down in the middle of transfers, and not between them. */
    private static final int BYTES_PER_SECOND = FILES * FILE_BYTES / 2;

    /** Data connections that a gateway may have at once. */
    private static final int PASSIVE_PORTS = 12;

    @TempDir
    private Path directory;

    /** The ports of a gateway. Its passive ports are HAProxy's too, at another address. */
    private record Ports(int ftp, int sftp, int admin, int passive) {
        String passiveRange() {
            return passive + "-" + (passive + PASSIVE_PORTS - 1);
        }
    }

    private static Ports freePorts() throws IOException {
        try (ServerSocket ftp = listen(0);
                ServerSocket sftp = listen(0);
                ServerSocket admin = listen(0)) {
            return new Ports(ftp.getLocalPort(), sftp.getLocalPort(), admin.getLocalPort(), freeRange());
        }
    }

    private static ServerSocket listen(int port) throws IOException {
        return new ServerSocket(port, 1, InetAddress.getLoopbackAddress());
    }

    /** The first of several consecutive free ports. */
    private static int freeRange() throws IOException {
        for (int tried = 0; tried < 100; tried++) {
            List<ServerSocket> range = new ArrayList<>();
            try {
                range.add(listen(0));
                int first = range.getFirst().getLocalPort();
                for (int i = 1; i < PASSIVE_PORTS; i++) {
                    range.add(listen(first + i));
                }
                return first;
            } catch (IOException | IllegalArgumentException e) {
                // One of them is in use.
            } finally {
                for (ServerSocket socket : range) {
                    socket.close();
                }
            }
        }
        throw new IOException("no range of free ports");
    }

    private Path configuration(String name, Ports ports, S3Bucket bucket, PostgresDatabase database)
            throws IOException {
        Path own = Files.createDirectory(directory.resolve(name));
        Path file = ServeProcess.configuration(own, bucket, "stat", """
                admin: {port: %d}
                proxyProtocol: {trusted: [127.0.0.1/32]}
                shutdown: {drain: 10m}
                """.formatted(ports.admin()));
        String state = "state: {directory: '" + own.resolve("state") + "'";
        String text = Files.readString(file)
                .replace(state, state + ", database: '" + database.url() + "'")
                .replace(
                        "explicitPort: 0, implicitPort: 0, passivePorts: 0",
                        "explicitPort: " + ports.ftp() + ", implicitPort: 0, passivePorts: " + ports.passiveRange()
                                + ", externalAddress: 127.0.0.2")
                .replace(
                        "sftp: {bind: 127.0.0.1, port: 0}",
                        "sftp: {bind: 127.0.0.1, port: " + ports.sftp() + ", hostKeys: '"
                                + directory.resolve("host-keys") + "'}");
        return Files.writeString(file, text);
    }

    /** HAProxy at 127.0.0.2. */
    private RunningClient proxy(int ftp, int sftp, Ports one, Ports two) throws IOException {
        Path configuration = Path.of("").toAbsolutePath().resolveSibling("packaging/several-gateways/haproxy.cfg");
        return Clients.command("haproxy", "-db", "-f", configuration.toString())
                .environment("BIND", "127.0.0.2")
                .environment("FTP_PORT", String.valueOf(ftp))
                .environment("SFTP_PORT", String.valueOf(sftp))
                .environment("ONE", "127.0.0.1")
                .environment("ONE_FTP", String.valueOf(one.ftp()))
                .environment("ONE_SFTP", String.valueOf(one.sftp()))
                .environment("ONE_ADMIN", String.valueOf(one.admin()))
                .environment("ONE_PASSIVE", one.passiveRange())
                .environment("TWO", "127.0.0.1")
                .environment("TWO_FTP", String.valueOf(two.ftp()))
                .environment("TWO_SFTP", String.valueOf(two.sftp()))
                .environment("TWO_ADMIN", String.valueOf(two.admin()))
                .environment("TWO_PASSIVE", two.passiveRange())
                .start();
    }

    private static ClientCommand lftp(int port, Path folder, String target) {
        return Clients.command(
                "lftp",
                "--norc",
                "-c",
                "set ssl:verify-certificate no; set ftp:ssl-force yes; set ftp:ssl-protect-data yes;"
                        + " set cmd:fail-exit yes; set net:limit-total-rate 0:" + BYTES_PER_SECOND + ";"
                        + " open -u " + Protocol.USER + "," + Protocol.PASSWORD + " ftp://127.0.0.2:" + port
                        + "; mirror -R --parallel=3 " + folder + " /" + target);
    }

    private static ClientCommand rclone(int port, Path folder, String target) throws InterruptedException {
        return Rclone.command(
                        new ListenPorts(0, 0, port),
                        "copy",
                        "--transfers=3",
                        "--bwlimit=" + BYTES_PER_SECOND / 1024 + "K",
                        folder.toString(),
                        "gateway:" + target)
                .environment("RCLONE_CONFIG_GATEWAY_HOST", "127.0.0.2");
    }

    private static void restart(ServeProcess gateway) throws InterruptedException {
        gateway.process().destroy();
        assertThat(gateway.process().waitFor(LIMIT.toSeconds(), TimeUnit.SECONDS))
                .as(gateway.log())
                .isTrue();
        assertThat(gateway.process().exitValue()).as(gateway.log()).isZero();
    }

    private static void awaitListening(int port) throws InterruptedException {
        Patience.await("HAProxy listens", () -> {
            try (Socket socket = new Socket("127.0.0.2", port)) {
                return socket.isConnected();
            } catch (IOException e) {
                return false;
            }
        });
    }

    @Test
    void clientsNoticeNothing(S3Bucket bucket, PostgresDatabase database) throws Exception {
        Path folder = Files.createDirectory(directory.resolve("files"));
        for (int i = 0; i < FILES; i++) {
            Files.write(folder.resolve("file" + i), Bytes.random(i, FILE_BYTES));
        }
        Ports one = freePorts();
        Ports two = freePorts();
        Ports outside = freePorts();
        Path first = configuration("first", one, bucket, database);
        Path second = configuration("second", two, bucket, database);
        CountDownLatch restarted = new CountDownLatch(1);
        try (BucketView stored = new BucketView(bucket);
                ExecutorService clients = Executors.newVirtualThreadPerTaskExecutor();
                RunningClient _ = proxy(outside.ftp(), outside.sftp(), one, two);
                ServeProcess oneBefore = ServeProcess.start(directory.resolve("first.log"), first);
                ServeProcess twoBefore = ServeProcess.start(directory.resolve("second.log"), second)) {
            awaitListening(outside.ftp());
            awaitListening(outside.sftp());
            Future<Integer> lftp =
                    clients.submit(() -> copy(restarted, number -> lftp(outside.ftp(), folder, "lftp" + number)));
            Future<Integer> rclone =
                    clients.submit(() -> copy(restarted, number -> rclone(outside.sftp(), folder, "rclone" + number)));
            awaitFiles(stored, "lftp0/", "rclone0/");
            restart(oneBefore);
            try (ServeProcess _ = ServeProcess.start(directory.resolve("first-again.log"), first)) {
                restart(twoBefore);
                try (ServeProcess _ = ServeProcess.start(directory.resolve("second-again.log"), second)) {
                    restarted.countDown();
                    assertCopies(stored, "lftp", lftp.get());
                    assertCopies(stored, "rclone", rclone.get());
                }
            } finally {
                restarted.countDown();
            }
        }
    }

    /** Makes a client's command. */
    @FunctionalInterface
    private interface Copy {
        ClientCommand command(int number) throws InterruptedException;
    }

    /**
     * Copies all files, each time to another folder, until both gateways have been restarted.
     *
     * @return how often
     */
    private static int copy(CountDownLatch restarted, Copy client) throws InterruptedException {
        int copies = 0;
        do {
            ClientResult result = client.command(copies).run(LIMIT).assertSuccess();
            // rclone says so of a connection that it had kept for later; it takes another one.
            assertThat(result.stderr().lines().filter(line -> !line.contains("Discarding closed SSH connection")))
                    .noneMatch(line -> line.contains("ERROR"));
            copies++;
        } while (restarted.getCount() > 0);
        return copies;
    }

    private static void assertCopies(BucketView stored, String client, int copies) throws Exception {
        for (int copy = 0; copy < copies; copy++) {
            for (int i = 0; i < FILES; i++) {
                assertThat(stored.get(client + copy + "/file" + i)).isEqualTo(Bytes.random(i, FILE_BYTES));
            }
        }
    }

    private static void awaitFiles(BucketView stored, String... folders) throws InterruptedException {
        for (String folder : folders) {
            Patience.await("files in " + folder, () -> !stored.keysBelow(folder).isEmpty());
        }
    }
}
