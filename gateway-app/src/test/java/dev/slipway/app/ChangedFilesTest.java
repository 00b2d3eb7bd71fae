package dev.slipway.app;

import static org.assertj.core.api.Assertions.assertThat;

import dev.slipway.app.Protocol.ListenPorts;
import dev.slipway.core.store.Bytes;
import dev.slipway.testing.Clients;
import dev.slipway.testing.FaultProxy;
import dev.slipway.testing.Patience;
import dev.slipway.testing.S3Bucket;
import dev.slipway.testing.S3Store;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Real clients that append to files, resume them and write within them. */
@S3Store
@Timeout(value = Patience.TEST_SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class ChangedFilesTest {
    private static final int MIB = 1 << 20;
    private static final int SIZE = 30 * MIB;
    private static final Duration LIMIT = Patience.LIMIT;
    private static final byte[] CONTENT = Bytes.random(3, SIZE);

    @TempDir
    private Path directory;

    /** If the store has the beginning of the client's file, only the rest is sent and appended. */
    @ParameterizedTest
    @EnumSource
    void theRestOfAFileIsSent(Resumer client, S3Bucket bucket) throws Exception {
        try (FaultProxy proxy = FaultProxy.http(bucket.endpoint().uri());
                BucketView stored = new BucketView(bucket);
                Gateway gateway =
                        RunningGateway.builder(proxy.uri(), bucket, directory).start()) {
            assertThat(gateway.awaitReady(LIMIT)).isTrue();
            Path file = Files.write(directory.resolve("file"), CONTENT);
            // The store copies no ranges of objects up to 5 MiB.
            for (int size : new int[] {1000, 5 * MIB, 5 * MIB + 1, 24 * MIB}) {
                int copied = size > 5 * MIB ? size : 0;
                stored.put("stored", Arrays.copyOf(CONTENT, size));
                long sent = proxy.bytesToServer();
                client.resume(ListenPorts.of(gateway), file, "stored", Protocol.UNLIMITED)
                        .run(LIMIT)
                        .assertSuccess();
                assertThat(proxy.bytesToServer() - sent).isLessThan(SIZE - copied + MIB);
                assertThat(stored.get("stored")).isEqualTo(CONTENT);
            }
            RunningGateway.awaitNoMemoryInUse(gateway);
        }
    }

    @ParameterizedTest
    @CsvSource({"1000, 1000", "12582912, 1000", "12582912, 20971520"})
    void curlAppends(int size, int added, S3Bucket bucket) throws Exception {
        try (BucketView stored = new BucketView(bucket);
                Gateway gateway = RunningGateway.builder(bucket.endpoint().uri(), bucket, directory)
                        .start()) {
            assertThat(gateway.awaitReady(LIMIT)).isTrue();
            String url = "ftp://127.0.0.1:" + ListenPorts.of(gateway).explicit() + "/log";
            Path line = Files.write(directory.resolve("line"), Arrays.copyOf(CONTENT, added));
            stored.put("log", Arrays.copyOf(CONTENT, size));
            Protocol.curl(Protocol.UNLIMITED, "-a", "-T", line.toString(), url)
                    .run(LIMIT)
                    .assertSuccess();
            byte[] expected = Arrays.copyOf(CONTENT, size + added);
            System.arraycopy(CONTENT, 0, expected, size, added);
            assertThat(stored.get("log")).isEqualTo(expected);

            // At an offset given by the user.
            Path file = Files.write(directory.resolve("file"), CONTENT);
            stored.put("log", Arrays.copyOf(CONTENT, size));
            Protocol.curl(Protocol.UNLIMITED, "-C", String.valueOf(size), "-T", file.toString(), url)
                    .run(LIMIT)
                    .assertSuccess();
            assertThat(stored.get("log")).isEqualTo(CONTENT);
        }
    }

    /** OpenSSH's scp over SFTP overwrites the existing file and then sets the size. */
    @ParameterizedTest
    @ValueSource(ints = {100, 20 * MIB, 2 * SIZE})
    void scpOverSftpReplacesAFile(int size, S3Bucket bucket) throws Exception {
        try (BucketView stored = new BucketView(bucket);
                Gateway gateway = RunningGateway.builder(bucket.endpoint().uri(), bucket, directory)
                        .start()) {
            assertThat(gateway.awaitReady(LIMIT)).isTrue();
            Path file = Files.write(directory.resolve("file"), CONTENT);
            stored.put("file", new byte[size]);
            Protocol.scpOverSftp(ListenPorts.of(gateway), file.toString(), Protocol.USER + "@127.0.0.1:file")
                    .run(LIMIT)
                    .assertSuccess();
            assertThat(stored.get("file")).isEqualTo(CONTENT);
        }
    }

    @Test
    void pythonsClientsWriteAnywhere(S3Bucket bucket) throws Exception {
        try (BucketView stored = new BucketView(bucket);
                Gateway gateway = RunningGateway.builder(bucket.endpoint().uri(), bucket, directory)
                        .start()) {
            assertThat(gateway.awaitReady(LIMIT)).isTrue();
            ListenPorts ports = ListenPorts.of(gateway);
            Clients.command("python3", "-c", """
                            import ftplib, io, os, paramiko, ssl, sys
                            ftp_port, ssh_port = int(sys.argv[1]), int(sys.argv[2])
                            context = ssl.create_default_context()
                            context.check_hostname = False
                            context.verify_mode = ssl.CERT_NONE

                            ftp = ftplib.FTP_TLS(context=context)
                            ftp.connect('127.0.0.1', ftp_port)
                            ftp.login('anna', 'secret-of-anna')
                            ftp.prot_p()
                            transport = paramiko.Transport(('127.0.0.1', ssh_port))
                            transport.connect(username='anna', password='secret-of-anna')
                            sftp = paramiko.SFTPClient.from_transport(transport)

                            def get():
                                received = io.BytesIO()
                                ftp.retrbinary('RETR file', received.write)
                                return received.getvalue()

                            def check(expected, what):
                                assert get() == expected, what
                                assert sftp.stat('file').st_size == len(expected), what

                            for size in (100, 5 << 20, 17 << 20):
                                expected = bytearray(os.urandom(size))
                                ftp.storbinary('STOR file', io.BytesIO(expected))
                                for count in (3, 9 << 20):
                                    added = os.urandom(count)
                                    ftp.storbinary('APPE file', io.BytesIO(added))
                                    expected += added
                                    check(expected, f'APPE {size} {count}')
                                added = os.urandom(1000)
                                ftp.storbinary('STOR file', io.BytesIO(added), rest=50)
                                expected[50:1050] = added
                                check(expected, f'REST {size}')
                                try:
                                    ftp.storbinary('STOR file', io.BytesIO(added), rest=len(expected) + 1)
                                    raise AssertionError('a gap')
                                except ftplib.error_perm as e:
                                    assert str(e).startswith('554'), e
                                check(expected, 'refused')

                                for count in (3, 9 << 20):
                                    added = os.urandom(count)
                                    with sftp.open('file', 'a') as f:
                                        assert f.tell() == len(expected)
                                        f.write(added[:2])
                                        f.write(added[2:])
                                    expected += added
                                    check(expected, f'a {size} {count}')
                                for at in (0, 60, len(expected) - 10):
                                    added = os.urandom(70_000)
                                    with sftp.open('file', 'r+') as f:
                                        f.seek(at)
                                        f.write(added)
                                    expected[at:at + len(added)] = added
                                    check(expected, f'r+ {size} {at}')
                                with sftp.open('file', 'r+') as f:
                                    f.seek(0, 2)
                                    f.write(b'end')
                                    assert f.stat().st_size == len(expected) + 3
                                expected += b'end'
                                check(expected, 'end')
                                with sftp.open('file', 'r+') as f:
                                    f.write(b'first')
                                    f.seek(1000)
                                    f.write(b'second')
                                expected[0:5] = b'first'
                                expected[1000:1006] = b'second'
                                check(expected, 'two places')

                                for wanted in (len(expected) - 1, 6 << 20, 6 << 20, 90, 120, 0):
                                    sftp.truncate('file', wanted)
                                    expected = expected[:wanted] + bytes(max(0, wanted - len(expected)))
                                    check(expected, f'truncate {size} {wanted}')
                                with sftp.open('file', 'a') as f:
                                    f.write(b'0123456789')
                                with sftp.open('file', 'r+') as f:
                                    f.truncate(7)
                                    f.seek(5)
                                    f.write(b'abc')
                                check(b'01234abc', 'truncate of a handle')
                            try:
                                sftp.truncate('file', 1 << 40)
                                raise AssertionError('a terabyte of zeroes')
                            except IOError as e:
                                assert 'zero bytes' in str(e), e
                            """, String.valueOf(ports.explicit()), String.valueOf(ports.ssh()))
                    .run(LIMIT)
                    .assertSuccess();
            assertThat(stored.keys()).containsExactly("file");
            assertThat(stored.pendingUploads("file")).isEmpty();
            RunningGateway.awaitNoMemoryInUse(gateway);
        }
    }
}
