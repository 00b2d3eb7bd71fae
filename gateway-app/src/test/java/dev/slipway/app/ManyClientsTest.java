package dev.slipway.app;

import static org.assertj.core.api.Assertions.assertThat;

import dev.slipway.app.Protocol.ListenPorts;
import dev.slipway.core.store.Bytes;
import dev.slipway.testing.ClientResult;
import dev.slipway.testing.Clients;
import dev.slipway.testing.FaultProxy;
import dev.slipway.testing.HeldRequests;
import dev.slipway.testing.Patience;
import dev.slipway.testing.RunningClient;
import dev.slipway.testing.S3Bucket;
import dev.slipway.testing.S3Store;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** More concurrent clients than the memory suffices for. */
@S3Store
@Timeout(value = Patience.TEST_SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class ManyClientsTest {
    private static final Duration LIMIT = Patience.LIMIT;

    @Test
    void fiftyUploadAndDownloadAtOnce(S3Bucket bucket, @TempDir Path directory) throws Exception {
        try (BucketView stored = new BucketView(bucket);
                Gateway gateway = RunningGateway.builder(bucket.endpoint().uri(), bucket, directory)
                        .set("memory.parts", "32MiB")
                        .set("memory.downloads", "8MiB")
                        .start()) {
            assertThat(gateway.awaitReady(LIMIT)).isTrue();
            // One process, since many clients would use up a small machine.
            Clients.command(
                            "python3",
                            "-c",
                            """
                            import concurrent.futures, ftplib, io, paramiko, ssl, sys, threading
                            ftp_port, ssh_port, user, password = int(sys.argv[1]), int(sys.argv[2]), *sys.argv[3:]
                            together = threading.Barrier(50)

                            def by_ftps(name, content):
                                ftp = ftplib.FTP_TLS(context=ssl._create_unverified_context())
                                ftp.connect('127.0.0.1', ftp_port, 50)
                                ftp.login(user, password)
                                ftp.prot_p()
                                together.wait(50)
                                try:
                                    ftp.storbinary('STOR ' + name, io.BytesIO(content))
                                except ftplib.error_temp as e:
                                    assert str(e).startswith('450 '), e
                                    return 'busy'
                                back = io.BytesIO()
                                ftp.retrbinary('RETR ' + name, back.write)
                                assert back.getvalue() == content
                                return 'stored'

                            def by_sftp(name, content):
                                transport = paramiko.Transport(('127.0.0.1', ssh_port))
                                transport.banner_timeout = transport.auth_timeout = 50
                                transport.connect(username=user, password=password)
                                sftp = paramiko.SFTPClient.from_transport(transport)
                                together.wait(50)
                                try:
                                    sftp.putfo(io.BytesIO(content), name)
                                except OSError as e:
                                    assert 'in use by other' in str(e), e
                                    return 'busy'
                                back = io.BytesIO()
                                sftp.getfo(name, back)
                                transport.close()
                                assert back.getvalue() == content
                                return 'stored'

                            with concurrent.futures.ThreadPoolExecutor(50) as pool:
                                results = {}
                                for i in range(50):
                                    name = f'file-{i:02}'
                                    work = by_ftps if i % 2 else by_sftp
                                    results[name] = pool.submit(work, name, bytes([i]) * (i * 3000))
                                for name, result in results.items():
                                    print(name, result.result())
                            """,
                            String.valueOf(gateway.explicitPort().orElseThrow()),
                            String.valueOf(gateway.sftpPort().orElseThrow()),
                            Protocol.USER,
                            Protocol.PASSWORD)
                    .run(LIMIT)
                    .assertSuccess()
                    .stdout()
                    .lines()
                    .forEach(line -> {
                        String name = line.substring(0, line.indexOf(' '));
                        int number = Integer.parseInt(name.substring(5));
                        if (line.endsWith(" stored")) {
                            byte[] content = new byte[number * 3000];
                            Arrays.fill(content, (byte) number);
                            assertThat(stored.get(name)).isEqualTo(content);
                        } else {
                            assertThat(line).endsWith(" busy");
                            assertThat(stored.keys()).doesNotContain(name);
                        }
                    });
            assertThat(stored.keys()).isNotEmpty();
            RunningGateway.awaitNoMemoryInUse(gateway);
        }
    }

    @Test
    void uploadsWithoutMemoryFailAsBusyAndCostTheOthersNothing(S3Bucket bucket, @TempDir Path directory)
            throws Exception {
        Path file = Files.write(directory.resolve("file"), Bytes.random(1, 100_000));
        try (BucketView stored = new BucketView(bucket);
                FaultProxy network = FaultProxy.http(bucket.endpoint().uri());
                Gateway gateway = RunningGateway.builder(network.uri(), bucket, directory)
                        .set("memory.parts", "25MiB")
                        .set("memory.admissionWait", "100ms")
                        .start()) {
            assertThat(gateway.awaitReady(LIMIT)).isTrue();
            ListenPorts ports = ListenPorts.of(gateway);
            HeldRequests held = network.hold(4, request -> request.method().equals("PUT"));
            List<RunningClient> first = new ArrayList<>();
            try {
                for (Protocol protocol : Protocol.values()) {
                    first.add(protocol.upload(ports, file, "first-" + protocol, Protocol.UNLIMITED)
                            .start());
                }
                held.awaitArrival(LIMIT);
                for (Protocol protocol : Protocol.values()) {
                    ClientResult refused = protocol.upload(ports, file, "second-" + protocol, Protocol.UNLIMITED)
                            .run(LIMIT);
                    assertThat(refused.assertFailure().stderr()).contains(protocol.busy());
                }
                network.pass();
                for (RunningClient client : first) {
                    client.await(LIMIT).assertSuccess();
                }
            } finally {
                first.forEach(RunningClient::close);
            }
            assertThat(stored.keys())
                    .containsExactly("first-EXPLICIT_FTPS", "first-IMPLICIT_FTPS", "first-SCP", "first-SFTP");
            RunningGateway.awaitNoMemoryInUse(gateway);
        }
    }
}
