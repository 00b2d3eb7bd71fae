package dev.slipway.sftp;

import static org.assertj.core.api.Assertions.assertThat;

import dev.slipway.core.store.Bytes;
import dev.slipway.testing.ClientCommand;
import dev.slipway.testing.ClientResult;
import dev.slipway.testing.Clients;
import dev.slipway.testing.RunningClient;
import dev.slipway.testing.S3Bucket;
import dev.slipway.testing.S3Store;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The clients that people have, as they come. */
@S3Store
class RealClientsTest {
    private static final Duration TIME = Duration.ofMinutes(2);
    private static final FileTime OLD = FileTime.from(Instant.ofEpochSecond(1_000_000_000));

    private final Path folder;
    private final UserKey key;
    private final SftpGateway gateway;

    RealClientsTest(S3Bucket bucket, @TempDir Path folder) throws Exception {
        this.folder = folder;
        this.key = UserKey.create(folder);
        this.gateway = new SftpGateway(bucket, folder, SftpGateway.SETTINGS, 64L << 20, Set.of(key.publicKey()));
    }

    @AfterEach
    void close() throws IOException {
        gateway.close();
    }

    private ClientCommand sftp(String batch, String... options) {
        List<String> all = new ArrayList<>(key.options());
        all.addAll(List.of(options));
        all.addAll(List.of("-P", Integer.toString(gateway.port()), "-b", "-", SftpGateway.USER + "@127.0.0.1"));
        return Clients.command("sftp", all.toArray(String[]::new)).in(folder).input(batch);
    }

    private ClientResult rclone(String... arguments) throws InterruptedException {
        String password = Clients.command("rclone", "obscure", SftpGateway.PASSWORD)
                .run(TIME)
                .assertSuccess()
                .stdout()
                .strip();
        return Clients.command("rclone", arguments)
                .in(folder)
                .environment("RCLONE_CONFIG_GATEWAY_TYPE", "sftp")
                .environment("RCLONE_CONFIG_GATEWAY_HOST", "127.0.0.1")
                .environment("RCLONE_CONFIG_GATEWAY_PORT", Integer.toString(gateway.port()))
                .environment("RCLONE_CONFIG_GATEWAY_USER", SftpGateway.USER)
                .environment("RCLONE_CONFIG_GATEWAY_PASS", password)
                .run(TIME);
    }

    private ClientResult lftp(String commands) throws InterruptedException {
        String connect = "set sftp:connect-program 'ssh -a -x -F none -o StrictHostKeyChecking=no"
                + " -o UserKnownHostsFile=/dev/null'; set sftp:auto-confirm yes; set net:max-retries 1; open -u "
                + SftpGateway.USER + "," + SftpGateway.PASSWORD + " sftp://127.0.0.1:" + gateway.port() + "; ";
        return Clients.command("lftp", "--norc", "-c", connect + commands)
                .in(folder)
                .run(TIME);
    }

    private Path local(String name, byte[] content) throws IOException {
        Path file = folder.resolve(name);
        Files.createDirectories(file.getParent());
        Files.write(file, content);
        Files.setLastModifiedTime(file, OLD);
        return file;
    }

    @Test
    void opensshSftp() throws Exception {
        byte[] content = Bytes.random(1, 12 << 20);
        local("file", content);
        local("empty", new byte[0]);
        String output = sftp("""
                        put -p file
                        put empty
                        mkdir directory
                        put file directory/one
                        rename directory/one directory/two
                        chmod 600 directory/two
                        ls -la
                        ls -l directory
                        get -p file back
                        get empty back-empty
                        rename directory moved
                        rm moved/two
                        rmdir moved
                        """).run(TIME).assertSuccess().stdout();

        assertThat(output).contains("12582912 Sep  9  2001 file").containsPattern("drwxr-xr-x .* directory");
        assertThat(folder.resolve("back")).hasBinaryContent(content);
        assertThat(Files.getLastModifiedTime(folder.resolve("back"))).isEqualTo(OLD);
        assertThat(folder.resolve("back-empty")).isEmptyFile();
        assertThat(gateway.stat("/file").modified()).isEqualTo(OLD.toInstant());
        assertThat(gateway.exists("/directory")).isFalse();
        assertThat(gateway.exists("/moved")).isFalse();
    }

    @Test
    void opensshSftpOverEveryCipher() throws Exception {
        byte[] content = Bytes.random(1, 300_000);
        local("file", content);
        for (String cipher :
                List.of("aes128-gcm@openssh.com", "aes256-gcm@openssh.com", "aes128-ctr", "aes192-ctr", "aes256-ctr")) {
            sftp("put file\nget file back", "-c", cipher).run(TIME).assertSuccess();
            assertThat(folder.resolve("back")).hasBinaryContent(content);
        }
        sftp("ls", "-c", "chacha20-poly1305@openssh.com").run(TIME).assertFailure();
    }

    @Test
    void opensshSftpThatChangesItsKeysOnTheWay() throws Exception {
        byte[] content = Bytes.random(1, 12 << 20);
        local("file", content);
        sftp("put file\nget file back", "-o", "RekeyLimit=1M").run(TIME).assertSuccess();
        assertThat(gateway.get("/file")).isEqualTo(content);
        assertThat(folder.resolve("back")).hasBinaryContent(content);
    }

    @Test
    void opensshSftpToEveryKindOfHostKey() throws Exception {
        for (String algorithm : List.of("ssh-ed25519", "ecdsa-sha2-nistp256", "rsa-sha2-256", "rsa-sha2-512")) {
            sftp("ls", "-o", "HostKeyAlgorithms=" + algorithm).run(TIME).assertSuccess();
        }
        sftp("ls", "-o", "HostKeyAlgorithms=ssh-rsa").run(TIME).assertFailure();
    }

    @Test
    void opensshSftpThatIsKilledLeavesNothing() throws Exception {
        local("file", Bytes.random(1, 30 << 20));
        try (RunningClient client = sftp("put file", "-l", "40000").start()) {
            Bytes.await(
                    "the upload",
                    () -> gateway.network().requests().stream()
                            .anyMatch(request -> request.hasParameter("partNumber")));
            client.kill();
        }
        Bytes.await("the upload to be over", () -> gateway.reservedForUploads() == 0);
        assertThat(gateway.exists("/file")).isFalse();
    }

    @Test
    void rcloneCopiesChecksAndCopiesNothingTwice() throws Exception {
        byte[] large = Bytes.random(1, 25 << 20);
        local("tree/large", large);
        local("tree/empty", new byte[0]);
        local("tree/one", Bytes.random(2, 32_768));
        local("tree/below/caf\u00e9", Bytes.random(3, 100_001));

        rclone("copy", "tree", "gateway:tree").assertSuccess();
        assertThat(gateway.get("/tree/large")).isEqualTo(large);
        rclone("check", "--download", "tree", "gateway:tree").assertSuccess();
        ClientResult second = rclone("sync", "-v", "--stats-log-level", "NOTICE", "tree", "gateway:tree")
                .assertSuccess();
        assertThat(second.stderr()).doesNotContain("Copied");
        rclone("copy", "gateway:tree", "back").assertSuccess();
        assertThat(folder.resolve("back/large")).hasBinaryContent(large);
        rclone("moveto", "gateway:tree/one", "gateway:tree/two").assertSuccess();
        rclone("purge", "gateway:tree/below").assertSuccess();
        assertThat(gateway.exists("/tree/below")).isFalse();
        assertThat(gateway.exists("/tree/two")).isTrue();
    }

    @Test
    void lftpMirrorsBothWaysAndMovesNothingTwice() throws Exception {
        byte[] large = Bytes.random(1, 12 << 20);
        local("tree/large", large);
        for (int i = 0; i < 12; i++) {
            local("tree/below/file" + i, Bytes.random(i, i * 10_000));
        }
        lftp("mirror -R -P 8 tree tree").assertSuccess();
        assertThat(gateway.get("/tree/large")).isEqualTo(large);
        gateway.network().forgetRequests();

        lftp("mirror -R -P 8 tree tree").assertSuccess();
        assertThat(gateway.network().requests())
                .noneMatch(request -> request.method().equals("PUT"));
        lftp("mirror -P 8 tree back").assertSuccess();
        assertThat(folder.resolve("back/large")).hasBinaryContent(large);
        assertThat(folder.resolve("back/below").toFile().list()).hasSize(12);
    }

    @Test
    void paramiko() throws Exception {
        Clients.command("python3", "-c", """
                        import io, os, paramiko, sys
                        t = paramiko.Transport(('127.0.0.1', int(sys.argv[1])))
                        t.connect(username='alice', password=sys.argv[2])
                        s = paramiko.SFTPClient.from_transport(t)
                        data = os.urandom(9_000_000)
                        s.putfo(io.BytesIO(data), 'file')
                        back = io.BytesIO()
                        s.getfo('file', back)
                        assert back.getvalue() == data
                        with s.open('file') as f:
                            f.seek(8_000_000)
                            assert f.read(100) == data[8_000_000:8_000_100]
                        with s.open('lines', 'a') as f:
                            f.write('a file that is new may be opened to append to it')
                        try:
                            s.open('lines', 'a')
                            raise AssertionError('appended')
                        except IOError as e:
                            assert 'append' in str(e), e
                        s.utime('file', (1, 1_000_000_000))
                        assert s.stat('file').st_mtime == 1_000_000_000
                        s.posix_rename('lines', 'file')
                        assert s.listdir('.') == ['file'], s.listdir('.')
                        try:
                            s.stat('missing')
                            raise AssertionError('there is something')
                        except FileNotFoundError:
                            pass
                        s.remove('file')
                        t.close()
                        """, Integer.toString(gateway.port()), SftpGateway.PASSWORD)
                .run(TIME)
                .assertSuccess();
    }
}
