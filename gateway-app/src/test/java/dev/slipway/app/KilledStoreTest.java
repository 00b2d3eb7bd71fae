package dev.slipway.app;

import static org.assertj.core.api.Assertions.assertThat;

import dev.slipway.app.Protocol.ListenPorts;
import dev.slipway.core.store.Bytes;
import dev.slipway.testing.ClientResult;
import dev.slipway.testing.Clients;
import dev.slipway.testing.Patience;
import dev.slipway.testing.RunningClient;
import dev.slipway.testing.S3Bucket;
import dev.slipway.testing.S3Product;
import dev.slipway.testing.S3Server;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A store that is killed in the middle of uploads, and restarts with the same data. */
@Timeout(value = Patience.TEST_SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class KilledStoreTest {
    private static final int MIB = 1 << 20;
    private static final Duration LIMIT = Patience.LIMIT;
    private static final byte[] OLD = Bytes.random(1, 1000);

    @TempDir
    private Path directory;

    private S3Server server;
    private BucketView stored;
    private S3Bucket bucket;

    @BeforeEach
    void startStore() throws IOException {
        server = S3Server.start(S3Product.MINIO);
        bucket = new S3Bucket(server.endpoint(), "files");
        try (var client = server.endpoint().newClient()) {
            client.createBucket(request -> request.bucket("files")).join();
        }
        stored = new BucketView(bucket);
    }

    @AfterEach
    void stopStore() throws IOException {
        stored.close();
        server.close();
    }

    private Gateway start() throws Exception {
        Gateway gateway = RunningGateway.builder(server.endpoint().uri(), bucket, directory)
                .set("s3.requestTimeout", "20s")
                .start();
        assertThat(gateway.awaitReady(LIMIT)).isTrue();
        return gateway;
    }

    @Test
    void anOutageIsReportedOnceAndEndsWithoutARestart() throws Exception {
        Path large = Files.write(directory.resolve("large"), Bytes.random(3, 64 * MIB));
        Path small = Files.write(directory.resolve("small"), Bytes.random(2, 100_000));
        stored.put("old", OLD);
        try (Gateway gateway = start()) {
            ListenPorts ports = ListenPorts.of(gateway);
            try (RunningClient creating = Protocol.EXPLICIT_FTPS
                            .upload(ports, large, "new", 2 * MIB)
                            .start();
                    RunningClient replacing =
                            Protocol.SFTP.upload(ports, large, "old", 2 * MIB).start()) {
                Patience.await(
                        "parts of both files",
                        () -> !stored.pendingUploads("new").isEmpty()
                                && !stored.pendingUploads("old").isEmpty());
                server.kill();

                // curl reads the reply only if it was not sending at that moment.
                assertThat(creating.await(LIMIT).assertFailure().stderr()).containsAnyOf("< 451 ", "Send failure");
                assertThat(replacing.await(LIMIT).assertFailure().stderr()).contains("ailure");
            }
            assertThatLooksFail(ports);

            server.restart();

            Patience.await("the store answers", () -> !stored.keys().isEmpty());
            assertThat(stored.keys()).containsExactly("old");
            assertThat(stored.get("old")).isEqualTo(OLD);
            for (Protocol protocol : Protocol.values()) {
                Path back = directory.resolve("back-" + protocol);
                String key = "again-" + protocol;
                protocol.upload(ports, small, key, Protocol.UNLIMITED)
                        .run(LIMIT)
                        .assertSuccess();
                protocol.download(ports, key, back).run(LIMIT).assertSuccess();
                assertThat(stored.get(key)).isEqualTo(Files.readAllBytes(small));
                assertThat(back).hasSameBinaryContentAs(small);
            }
            RunningGateway.awaitNoMemoryInUse(gateway);
        }
        // The sweeper aborts what could not be aborted during the outage; it also runs at the start.
        try (Gateway _ = start()) {
            Patience.await(
                    "nothing is pending",
                    () -> stored.pendingUploads("new").isEmpty()
                            && stored.pendingUploads("old").isEmpty());
        }
    }

    /** Neither a missing file nor an empty directory. */
    private void assertThatLooksFail(ListenPorts ports) throws InterruptedException {
        ClientResult result = Clients.command(
                        "python3",
                        "-c",
                        """
                        import ftplib, io, paramiko, ssl, sys
                        ftp_port, ssh_port, user, password = int(sys.argv[1]), int(sys.argv[2]), *sys.argv[3:]
                        ftp = ftplib.FTP_TLS(context=ssl._create_unverified_context())
                        ftp.connect('127.0.0.1', ftp_port, 240)
                        ftp.login(user, password)
                        ftp.prot_p()
                        transport = paramiko.Transport(('127.0.0.1', ssh_port))
                        transport.banner_timeout = transport.auth_timeout = 240
                        transport.connect(username=user, password=password)
                        sftp = paramiko.SFTPClient.from_transport(transport)
                        lines = []
                        for name, call in {
                            'LIST': lambda: ftp.retrlines('LIST', lines.append),
                            'MLSD': lambda: lines.extend(ftp.mlsd()),
                            'NLST': lambda: lines.extend(ftp.nlst()),
                            'SIZE': lambda: ftp.size('old'),
                            'MLST': lambda: ftp.sendcmd('MLST old'),
                            'RETR': lambda: ftp.retrbinary('RETR old', lines.append),
                            'STOR': lambda: ftp.storbinary('STOR other', io.BytesIO(b'x')),
                            'DELE': lambda: ftp.delete('old'),
                            'readdir': lambda: lines.extend(sftp.listdir('.')),
                            'stat': lambda: sftp.stat('old'),
                            'lstat': lambda: sftp.lstat('missing'),
                            'open': lambda: sftp.open('old', 'rb').read(),
                            'create': lambda: sftp.open('other', 'wb').close(),
                            'remove': lambda: sftp.remove('old'),
                        }.items():
                            try:
                                print(name, 'gave', call())
                            except ftplib.Error as e:
                                print(name, str(e)[:3])
                            except OSError as e:
                                # paramiko gives "no such file" and "permission denied" a number, and only those
                                print(name, 'failure' if e.errno is None else e)
                        assert not lines, lines
                        """,
                        String.valueOf(ports.explicit()),
                        String.valueOf(ports.ssh()),
                        Protocol.USER,
                        Protocol.PASSWORD)
                .run(LIMIT)
                .assertSuccess();
        assertThat(result.stdout().lines())
                .containsExactly(
                        "LIST 451",
                        "MLSD 451",
                        "NLST 451",
                        "SIZE 451",
                        "MLST 451",
                        "RETR 451",
                        "STOR 451",
                        "DELE 451",
                        "readdir failure",
                        "stat failure",
                        "lstat failure",
                        "open failure",
                        "create failure",
                        "remove failure");
    }

    @Test
    void uploadsFailOrSurviveAShortOutage() throws Exception {
        byte[] content = Bytes.random(3, 24 * MIB);
        Path large = Files.write(directory.resolve("large"), content);
        List<Protocol> protocols = List.of(Protocol.IMPLICIT_FTPS, Protocol.SFTP, Protocol.SCP);
        try (Gateway gateway = start()) {
            ListenPorts ports = ListenPorts.of(gateway);
            Map<Protocol, RunningClient> clients = new EnumMap<>(Protocol.class);
            try {
                for (Protocol protocol : protocols) {
                    stored.put(protocol.name(), OLD);
                    clients.put(
                            protocol,
                            protocol.upload(ports, large, protocol.name(), 4 * MIB)
                                    .start());
                }
                Patience.await(
                        "parts of every file",
                        () -> protocols.stream()
                                .noneMatch(protocol ->
                                        stored.pendingUploads(protocol.name()).isEmpty()));
                server.kill();
                server.restart();

                for (Map.Entry<Protocol, RunningClient> client : clients.entrySet()) {
                    ClientResult result = client.getValue().await(LIMIT);
                    assertThat(stored.get(client.getKey().name()))
                            .as("%s", result)
                            .isEqualTo(result.exitCode() == 0 ? content : OLD);
                }
            } finally {
                clients.values().forEach(RunningClient::close);
            }
            RunningGateway.awaitNoMemoryInUse(gateway);
        }
    }

    @Test
    void downloadsInProgressFailAndNeverLookComplete() throws Exception {
        byte[] content = Bytes.random(4, 64 * MIB);
        stored.put("large", content);
        try (Gateway gateway = start()) {
            ListenPorts ports = ListenPorts.of(gateway);
            Map<Protocol, RunningClient> clients = new EnumMap<>(Protocol.class);
            try {
                for (Protocol protocol : Protocol.values()) {
                    clients.put(
                            protocol,
                            protocol.download(ports, "large", copy(protocol), 2 * MIB)
                                    .start());
                }
                Patience.await(
                        "something of every file",
                        () -> Arrays.stream(Protocol.values())
                                .allMatch(protocol -> copy(protocol).toFile().length() > 0));
                server.kill();

                for (Map.Entry<Protocol, RunningClient> client : clients.entrySet()) {
                    ClientResult result = client.getValue().await(LIMIT).assertFailure();
                    // curl may meet the end of the data connection before it reads the reply.
                    assertThat(result.stderr()).containsAnyOf(client.getKey().unavailable(), "Recv failure");
                    byte[] came = Files.readAllBytes(copy(client.getKey()));
                    assertThat(came.length).isLessThan(content.length);
                    assertThat(Arrays.equals(came, Arrays.copyOf(content, came.length)))
                            .isTrue();
                }
            } finally {
                clients.values().forEach(RunningClient::close);
            }
            server.restart();

            Patience.await("the store answers", () -> !stored.keys().isEmpty());
            for (Protocol protocol : Protocol.values()) {
                protocol.download(ports, "large", copy(protocol)).run(LIMIT).assertSuccess();
                assertThat(Arrays.equals(Files.readAllBytes(copy(protocol)), content))
                        .isTrue();
            }
            RunningGateway.awaitNoMemoryInUse(gateway);
        }
    }

    private Path copy(Protocol protocol) {
        return directory.resolve("copy-" + protocol);
    }
}
