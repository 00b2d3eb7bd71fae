package dev.slipway.sftp;

import static dev.slipway.sftp.RealClients.TIME;
import static org.assertj.core.api.Assertions.assertThat;

import dev.slipway.core.store.Bytes;
import dev.slipway.sftp.files.Status;
import dev.slipway.sftp.subsystem.PacketType;
import dev.slipway.testing.ClientResult;
import dev.slipway.testing.Clients;
import dev.slipway.testing.HeldRequests;
import dev.slipway.testing.Patience;
import dev.slipway.testing.S3Bucket;
import dev.slipway.testing.S3Store;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.concurrent.atomic.AtomicLong;
import java.util.zip.CRC32;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Checksums with SFTP's extensions, and with the commands that clients run. */
@S3Store
class ChecksumTest {
    private static final byte[] CONTENT = Bytes.random(1, 1000);

    private final SftpGateway gateway;
    private final RealClients clients;

    ChecksumTest(S3Bucket bucket, @TempDir Path folder) throws Exception {
        UserKey key = UserKey.create(folder);
        this.gateway = SftpGateway.builder(bucket, folder).keys(key.publicKey()).start();
        this.clients = new RealClients(folder, key, gateway.port());
    }

    @AfterEach
    void close() throws IOException {
        gateway.close();
    }

    private static byte[] digest(String algorithm, byte[] content, int from, int to) throws Exception {
        return MessageDigest.getInstance(algorithm).digest(Arrays.copyOfRange(content, from, to));
    }

    private static String hex(String algorithm, byte[] content) throws Exception {
        return HexFormat.of().formatHex(digest(algorithm, content, 0, content.length));
    }

    private static byte[] joined(byte[]... parts) {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        for (byte[] part : parts) {
            all.writeBytes(part);
        }
        return all.toByteArray();
    }

    private static byte[] rest(RawSftp.Answer answer) {
        assertThat(answer.type()).isEqualTo(PacketType.EXTENDED_REPLY);
        byte[] result = new byte[answer.fields().remaining()];
        answer.fields().get(result);
        return result;
    }

    @Test
    void checkFileByName() throws Exception {
        gateway.put("/file", CONTENT);
        try (RawSftp sftp = RawSftp.connect(gateway.port())) {
            assertThat(sftp.extensions())
                    .containsKeys("check-file", "check-file-name", "check-file-handle", "md5-hash", "md5-hash-handle");
            RawSftp.Answer answer =
                    sftp.ask(PacketType.EXTENDED, "check-file-name", "file", "whirlpool,sha1,md5", 0L, 0L, 0);
            assertThat(answer.string()).isEqualTo("sha1");
            assertThat(rest(answer)).isEqualTo(digest("SHA-1", CONTENT, 0, 1000));

            answer = sftp.ask(PacketType.EXTENDED, "check-file-name", "file", "md5", 100L, 700L, 256);
            assertThat(answer.string()).isEqualTo("md5");
            assertThat(rest(answer))
                    .isEqualTo(joined(
                            digest("MD5", CONTENT, 100, 356),
                            digest("MD5", CONTENT, 356, 612),
                            digest("MD5", CONTENT, 612, 800)));

            answer = sftp.ask(PacketType.EXTENDED, "check-file-name", "file", "sha256", 600L, 5000L, 0);
            assertThat(answer.string()).isEqualTo("sha256");
            assertThat(rest(answer)).isEqualTo(digest("SHA-256", CONTENT, 600, 1000));
        }
    }

    @Test
    void checkFileByHandleUsesTheOpenedVersion() throws Exception {
        gateway.put("/file", CONTENT);
        try (RawSftp sftp = RawSftp.connect(gateway.port())) {
            byte[] handle = sftp.open("/file", RawSftp.READ);
            RawSftp.Answer answer = sftp.ask(PacketType.EXTENDED, "check-file-handle", handle, "sha512", 0L, 0L, 0);
            assertThat(answer.string()).isEqualTo("sha512");
            assertThat(rest(answer)).isEqualTo(digest("SHA-512", CONTENT, 0, 1000));

            gateway.put("/file", Bytes.random(2, 1000));
            answer = sftp.ask(PacketType.EXTENDED, "check-file-handle", handle, "md5", 0L, 0L, 0);
            assertThat(answer.status()).isEqualTo(Status.FAILURE.code());

            byte[] upload = sftp.open("/other", RawSftp.UPLOAD);
            answer = sftp.ask(PacketType.EXTENDED, "check-file-handle", upload, "md5", 0L, 0L, 0);
            assertThat(answer.status()).isEqualTo(Status.PERMISSION_DENIED.code());
        }
    }

    @Test
    void unsupportedChecksumRequestsAreRefused() throws Exception {
        gateway.put("/file", CONTENT);
        try (RawSftp sftp = RawSftp.connect(gateway.port())) {
            assertThat(sftp.ask(PacketType.EXTENDED, "check-file-name", "file", "md4", 0L, 0L, 0)
                            .status())
                    .isEqualTo(Status.OP_UNSUPPORTED.code());
            assertThat(sftp.ask(PacketType.EXTENDED, "check-file-name", "file", "md5", 0L, 0L, 255)
                            .message())
                    .contains("256");
            assertThat(sftp.ask(PacketType.EXTENDED, "check-file-name", "missing", "md5", 0L, 0L, 0)
                            .status())
                    .isEqualTo(Status.NO_SUCH_FILE.code());
            assertThat(sftp.ask(PacketType.EXTENDED, "check-file-name", "file", "md5", 1001L, 0L, 0)
                            .status())
                    .isEqualTo(Status.OP_UNSUPPORTED.code());
            gateway.put("/large", new byte[600_000]);
            assertThat(sftp.ask(PacketType.EXTENDED, "check-file-name", "large", "md5", 0L, 0L, 256)
                            .message())
                    .contains("larger blocks");
        }
    }

    @Test
    void md5HashRequiresAMatchingBeginning() throws Exception {
        byte[] content = Bytes.random(1, 5000);
        gateway.put("/file", content);
        try (RawSftp sftp = RawSftp.connect(gateway.port())) {
            for (byte[] expected : new byte[][] {new byte[0], digest("MD5", content, 0, 2048)}) {
                RawSftp.Answer answer = sftp.ask(PacketType.EXTENDED, "md5-hash", "/file", 0L, 0L, expected);
                assertThat(answer.string()).isEqualTo("md5-hash");
                assertThat(answer.bytes()).isEqualTo(digest("MD5", content, 0, 5000));
            }
            byte[] handle = sftp.open("/file", RawSftp.READ);
            RawSftp.Answer answer = sftp.ask(
                    PacketType.EXTENDED, "md5-hash-handle", handle, 10L, 100L, digest("MD5", content, 10, 110));
            assertThat(answer.string()).isEqualTo("md5-hash");
            assertThat(answer.bytes()).isEqualTo(digest("MD5", content, 10, 110));
            answer = sftp.ask(PacketType.EXTENDED, "md5-hash-handle", handle, 0L, 0L, new byte[16]);
            assertThat(answer.string()).isEqualTo("md5-hash");
            assertThat(answer.bytes()).isEmpty();
        }
    }

    @Test
    void aLongChecksumDoesNotHoldUpOtherRequests() throws Exception {
        gateway.put("/file", CONTENT);
        try (RawSftp sftp = RawSftp.connect(gateway.port())) {
            HeldRequests held =
                    gateway.network().hold(1, request -> request.method().equals("GET"));
            int checksum = sftp.send(PacketType.EXTENDED, "check-file-name", "file", "md5", 0L, 0L, 0);
            sftp.flush();
            held.awaitArrival(RawSftp.TIMEOUT);

            assertThat(sftp.ask(PacketType.STAT, "/file").type()).isEqualTo(PacketType.ATTRS);
            sftp.endOfInput();
            held.release();

            // Even after the end of the client's input.
            RawSftp.Answer answer = sftp.receive();
            assertThat(answer.id()).isEqualTo(checksum);
            assertThat(answer.string()).isEqualTo("md5");
            assertThat(rest(answer)).isEqualTo(digest("MD5", CONTENT, 0, 1000));
            assertThat(sftp.atEnd()).isTrue();
        }
    }

    @Test
    void aChecksumEndsWithItsClient() throws Exception {
        gateway.put("/file", new byte[100 << 20]);
        try (RawSftp sftp = RawSftp.connect(gateway.port())) {
            HeldRequests held =
                    gateway.network().hold(1, request -> request.method().equals("GET"));
            long before = gateway.network().bytesToClient();
            sftp.send(PacketType.EXTENDED, "check-file-name", "file", "sha512", 0L, 0L, 0);
            sftp.flush();
            held.awaitArrival(RawSftp.TIMEOUT);
            sftp.disconnect();
            Patience.await("the session to end", () -> gateway.sessions().list().isEmpty());
            held.release();

            awaitStandstill();
            assertThat(gateway.network().bytesToClient() - before).isLessThan(50 << 20);
        }
    }

    /** Waits until nothing has arrived from the store for a while. */
    private void awaitStandstill() throws InterruptedException {
        AtomicLong last = new AtomicLong(-1);
        AtomicLong since = new AtomicLong();
        Patience.await("the reading to stand still", () -> {
            long now = gateway.network().bytesToClient();
            if (last.getAndSet(now) != now) {
                since.set(System.nanoTime());
            }
            return System.nanoTime() - since.get() > Duration.ofSeconds(1).toNanos();
        });
    }

    @Test
    void paramikoChecksAFile() throws Exception {
        Clients.command("python3", "-c", """
                        import hashlib, io, os, paramiko, sys
                        t = paramiko.Transport(('127.0.0.1', int(sys.argv[1])))
                        t.connect(username='alice', password=sys.argv[2])
                        s = paramiko.SFTPClient.from_transport(t)
                        data = os.urandom(1_000_000)
                        s.putfo(io.BytesIO(data), 'file')
                        with s.open('file') as f:
                            assert f.check('sha1') == hashlib.sha1(data).digest()
                            assert f.check('md5', 5, 10) == hashlib.md5(data[5:15]).digest()
                            blocks = f.check('sha256', 0, 0, 300_000)
                            assert blocks == b''.join(
                                hashlib.sha256(data[i:i + 300_000]).digest() for i in range(0, 1_000_000, 300_000))
                            try:
                                f.check('md4')
                                raise AssertionError('md4')
                            except IOError as e:
                                assert 'sha512' in str(e), e
                        t.close()
                        """, Integer.toString(gateway.port()), SftpGateway.PASSWORD)
                .run(TIME)
                .assertSuccess();
    }

    @Test
    void opensshRunsTheCommands() throws Exception {
        gateway.put("/file", CONTENT);
        gateway.put("/it's a \\ \"file\"", CONTENT);
        gateway.put("/blank ", CONTENT);
        CRC32 crc = new CRC32();
        crc.update(CONTENT);
        for (String[] each : new String[][] {
            {"md5sum", hex("MD5", CONTENT)},
            {"sha1sum", hex("SHA-1", CONTENT)},
            {"sha256sum", hex("SHA-256", CONTENT)},
            {"sha512sum", hex("SHA-512", CONTENT)},
            {"crc32", String.format("%08x", crc.getValue())},
        }) {
            assertThat(clients.ssh(each[0], "file", "/file")
                            .run(TIME)
                            .assertSuccess()
                            .stdout())
                    .isEqualTo(each[1] + "  file\n" + each[1] + "  /file\n");
        }
        assertThat(clients.ssh("md5sum -b -- 'it'\\''s a \\ \"file\"'")
                        .run(TIME)
                        .assertSuccess()
                        .stdout())
                .isEqualTo("\\" + hex("MD5", CONTENT) + "  it's a \\\\ \"file\"\n");
        // Quoted as rclone does.
        assertThat(clients.ssh("md5sum /blank\\ ").run(TIME).assertSuccess().stdout())
                .isEqualTo(hex("MD5", CONTENT) + "  /blank \n");
        assertThat(clients.ssh("sha1sum").input("abc").run(TIME).assertSuccess().stdout())
                .isEqualTo(hex("SHA-1", "abc".getBytes(StandardCharsets.UTF_8)) + "  -\n");

        ClientResult partly = clients.ssh("md5sum missing file").run(TIME).assertFailure();
        assertThat(partly.stdout()).isEqualTo(hex("MD5", CONTENT) + "  file\n");
        assertThat(partly.stderr()).contains("missing: No such file");
    }

    @Test
    void rcloneComparesByChecksum() throws Exception {
        clients.local("tree/large", Bytes.random(1, 9 << 20));
        clients.local("tree/empty", new byte[0]);
        clients.local("tree/it's a $(odd) & \\ \"na*me\"; caf\u00e9", Bytes.random(2, 1000));
        clients.rclone("copy", "tree", "gateway:tree").assertSuccess();

        String said = clients.rclone("check", "-v", "tree", "gateway:tree")
                .assertSuccess()
                .stderr();

        assertThat(said).contains("3 matching files").doesNotContain("hashes could not be checked");
        // rclone 1.60 detects the available hashes with the first file, and other transfers do not wait for that.
        String local = clients.rclone("hashsum", "sha1", "tree").assertSuccess().stdout();
        String remote = clients.rclone("hashsum", "--transfers", "1", "sha1", "gateway:tree")
                .assertSuccess()
                .stdout();
        assertThat(remote.lines().sorted().toList())
                .isEqualTo(local.lines().sorted().toList());
        gateway.put("/tree/large", Bytes.random(3, 9 << 20));
        clients.rclone("check", "tree", "gateway:tree").assertFailure();
    }

    @Test
    void rcloneChecksItsUploadsWithoutReadingThemAgain() throws Exception {
        clients.local("first/file", Bytes.random(1, 1000));
        for (int i = 0; i < 8; i++) {
            clients.local("tree/" + i, Bytes.random(i, 3_000_000 * i));
        }
        clients.rclone("copy", "first", "gateway:first").assertSuccess();
        gateway.network().forgetRequests();

        String said = clients.rclone("copy", "-vv", "tree", "gateway:tree")
                .assertSuccess()
                .stderr();

        assertThat(said).contains("md5 = ").contains("Running remote command: md5sum /tree/7");
        assertThat(gateway.network().requests())
                .noneMatch(request ->
                        request.method().equals("GET") && request.path().contains("/tree/"));
    }
}
