package dev.slipway.sftp;

import static dev.slipway.sftp.RealClients.OLD;
import static dev.slipway.sftp.RealClients.TIME;
import static org.assertj.core.api.Assertions.assertThat;

import dev.slipway.core.store.Bytes;
import dev.slipway.testing.ClientResult;
import dev.slipway.testing.Clients;
import dev.slipway.testing.Patience;
import dev.slipway.testing.RunningClient;
import dev.slipway.testing.S3Bucket;
import dev.slipway.testing.S3Store;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Typical use with common clients. */
@S3Store
class RealClientsTest {
    private final Path folder;
    private final SftpGateway gateway;
    private final RealClients clients;

    RealClientsTest(S3Bucket bucket, @TempDir Path folder) throws Exception {
        this.folder = folder;
        UserKey key = UserKey.create(folder);
        this.gateway = SftpGateway.builder(bucket, folder).keys(key.publicKey()).start();
        this.clients = new RealClients(folder, key, gateway.port());
    }

    @AfterEach
    void close() throws IOException {
        gateway.close();
    }

    @Test
    void opensshSftp() throws Exception {
        byte[] content = Bytes.random(1, 12 << 20);
        clients.local("file", content);
        clients.local("empty", new byte[0]);
        String output = clients.sftp("""
                        put -p file
                        put empty
                        mkdir directory
                        put file directory/one
                        rename directory/one directory/two
                        chmod 600 directory/two
                        ls -la
                        ls -l directory
                        df
                        df -hi
                        get -p file back
                        get empty back-empty
                        rename directory moved
                        rm moved/two
                        rmdir moved
                        """).run(TIME).assertSuccess().stdout();

        assertThat(output)
                .contains("12582912 Sep  9  2001 file")
                .containsPattern("drwxr-xr-x .* directory")
                // 1 PiB in KiB
                .containsPattern("Size +Used +Avail .*\\n1099511627776 +0 1099511627776 .* 0%");
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
        clients.local("file", content);
        for (String cipher :
                List.of("aes128-gcm@openssh.com", "aes256-gcm@openssh.com", "aes128-ctr", "aes192-ctr", "aes256-ctr")) {
            clients.sftp("put file\nget file back", "-c", cipher).run(TIME).assertSuccess();
            assertThat(folder.resolve("back")).hasBinaryContent(content);
        }
        clients.sftp("ls", "-c", "chacha20-poly1305@openssh.com").run(TIME).assertFailure();
    }

    @Test
    void opensshSftpWithRekeying() throws Exception {
        byte[] content = Bytes.random(1, 12 << 20);
        clients.local("file", content);
        clients.sftp("put file\nget file back", "-o", "RekeyLimit=1M").run(TIME).assertSuccess();
        assertThat(gateway.get("/file")).isEqualTo(content);
        assertThat(folder.resolve("back")).hasBinaryContent(content);
    }

    @Test
    void opensshSftpToEveryKindOfHostKey() throws Exception {
        for (String algorithm : List.of("ssh-ed25519", "ecdsa-sha2-nistp256", "rsa-sha2-256", "rsa-sha2-512")) {
            clients.sftp("ls", "-o", "HostKeyAlgorithms=" + algorithm).run(TIME).assertSuccess();
        }
        clients.sftp("ls", "-o", "HostKeyAlgorithms=ssh-rsa").run(TIME).assertFailure();
    }

    @ParameterizedTest
    @ValueSource(strings = {"password", "keyboard-interactive"})
    void opensshSftpWithThePassword(String method) throws Exception {
        Path answer = folder.resolve("answer");
        Files.writeString(answer, "#!/bin/sh\necho " + SftpGateway.PASSWORD + "\n");
        assertThat(answer.toFile().setExecutable(true)).isTrue();
        clients.sftp("ls", "-o", "BatchMode=no", "-o", "PreferredAuthentications=" + method)
                .environment("SSH_ASKPASS", answer.toString())
                .environment("SSH_ASKPASS_REQUIRE", "force")
                .run(TIME)
                .assertSuccess();
    }

    @Test
    void opensshSftpThatIsKilledLeavesNothing() throws Exception {
        clients.local("file", Bytes.random(1, 30 << 20));
        try (RunningClient client = clients.sftp("put file", "-l", "40000").start()) {
            Patience.await(
                    "the upload",
                    () -> gateway.network().requests().stream()
                            .anyMatch(request -> request.hasParameter("partNumber")));
            client.kill();
        }
        Patience.await("the upload to be over", () -> gateway.reservedForUploads() == 0);
        assertThat(gateway.exists("/file")).isFalse();
    }

    @Test
    void rcloneCopiesChecksAndCopiesNothingTwice() throws Exception {
        byte[] large = Bytes.random(1, 25 << 20);
        clients.local("tree/large", large);
        clients.local("tree/empty", new byte[0]);
        clients.local("tree/one", Bytes.random(2, 32_768));
        clients.local("tree/below/caf\u00e9", Bytes.random(3, 100_001));

        clients.rclone("copy", "tree", "gateway:tree").assertSuccess();
        assertThat(gateway.get("/tree/large")).isEqualTo(large);
        clients.rclone("check", "--download", "tree", "gateway:tree").assertSuccess();
        ClientResult second = clients.rclone("sync", "-v", "--stats-log-level", "NOTICE", "tree", "gateway:tree")
                .assertSuccess();
        assertThat(second.stderr()).doesNotContain("Copied");
        clients.rclone("copy", "gateway:tree", "back").assertSuccess();
        assertThat(folder.resolve("back/large")).hasBinaryContent(large);
        clients.rclone("moveto", "gateway:tree/one", "gateway:tree/two").assertSuccess();
        clients.rclone("purge", "gateway:tree/below").assertSuccess();
        assertThat(gateway.exists("/tree/below")).isFalse();
        assertThat(gateway.exists("/tree/two")).isTrue();
    }

    @Test
    void lftpMirrorsBothWaysAndMovesNothingTwice() throws Exception {
        byte[] large = Bytes.random(1, 12 << 20);
        clients.local("tree/large", large);
        for (int i = 0; i < 12; i++) {
            clients.local("tree/below/file" + i, Bytes.random(i, i * 10_000));
        }
        clients.lftp("mirror -R -P 8 tree tree").assertSuccess();
        assertThat(gateway.get("/tree/large")).isEqualTo(large);
        gateway.network().forgetRequests();

        clients.lftp("mirror -R -P 8 tree tree").assertSuccess();
        assertThat(gateway.network().requests())
                .noneMatch(request -> request.method().equals("PUT"));
        clients.lftp("mirror -P 8 tree back").assertSuccess();
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
                        with s.open('lines', 'a') as f:
                            f.write(', and one that is there')
                        with s.open('lines') as f:
                            assert f.read() == b'a file that is new may be opened to append to it, and one that is there'
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
