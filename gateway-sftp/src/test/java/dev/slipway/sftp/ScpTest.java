package dev.slipway.sftp;

import static dev.slipway.sftp.RealClients.OLD;
import static dev.slipway.sftp.RealClients.TIME;
import static dev.slipway.sftp.RealClients.remote;
import static org.assertj.core.api.Assertions.assertThat;

import dev.slipway.core.VirtualPath;
import dev.slipway.core.store.Bytes;
import dev.slipway.testing.Patience;
import dev.slipway.testing.RequestFault;
import dev.slipway.testing.S3Bucket;
import dev.slipway.testing.S3Store;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.List;
import org.apache.sshd.client.SshClient;
import org.apache.sshd.client.channel.ChannelExec;
import org.apache.sshd.client.channel.ClientChannelEvent;
import org.apache.sshd.client.session.ClientSession;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** scp with its old protocol ({@code scp -O}) and with the new one, which is SFTP. */
@S3Store
class ScpTest {
    private final Path folder;
    private final SftpGateway gateway;
    private final RealClients clients;

    ScpTest(S3Bucket bucket, @TempDir Path folder) throws Exception {
        this.folder = folder;
        UserKey key = UserKey.create(folder);
        this.gateway = SftpGateway.builder(bucket, folder).keys(key.publicKey()).start();
        this.clients = new RealClients(folder, key, gateway.port());
    }

    @AfterEach
    void close() throws IOException {
        gateway.close();
    }

    @ParameterizedTest
    @ValueSource(strings = {"-O", "-s"})
    void treesGoUpAndDownWithTheirTimes(String protocol) throws Exception {
        byte[] large = Bytes.random(1, 11 << 20);
        clients.local("tree/large", large);
        clients.local("tree/empty", new byte[0]);
        clients.local("tree/below/small file", Bytes.random(2, 10));

        clients.scp(protocol, "-rp", "tree", remote("/")).run(TIME).assertSuccess();
        assertThat(gateway.get("/tree/large")).isEqualTo(large);
        assertThat(gateway.get("/tree/empty")).isEmpty();
        assertThat(gateway.get("/tree/below/small file")).isEqualTo(Bytes.random(2, 10));
        assertThat(gateway.stat("/tree/large").modified()).isEqualTo(OLD.toInstant());

        clients.scp(protocol, "-rp", remote("/tree"), "back").run(TIME).assertSuccess();
        assertThat(folder.resolve("back/large")).hasBinaryContent(large);
        assertThat(folder.resolve("back/empty")).isEmptyFile();
        assertThat(folder.resolve("back/below/small file")).hasBinaryContent(Bytes.random(2, 10));
        assertThat(Files.getLastModifiedTime(folder.resolve("back/large"))).isEqualTo(OLD);
    }

    @ParameterizedTest
    @ValueSource(strings = {"-O", "-s"})
    void aFileGoesToADirectoryOrGetsTheGivenName(String protocol) throws Exception {
        clients.local("file", new byte[] {1});
        gateway.files().mkdir(VirtualPath.parse("/directory"));

        clients.scp(protocol, "file", remote("/directory")).run(TIME).assertSuccess();
        clients.scp(protocol, "file", remote("/directory/other")).run(TIME).assertSuccess();
        clients.scp(protocol, "file", remote("~/home")).run(TIME).assertSuccess();

        assertThat(gateway.get("/directory/file")).containsExactly(1);
        assertThat(gateway.get("/directory/other")).containsExactly(1);
        assertThat(gateway.get("/home")).containsExactly(1);
    }

    @ParameterizedTest
    @ValueSource(strings = {"-O", "-s"})
    void impossibleActionsAreReported(String protocol) throws Exception {
        clients.local("file", new byte[] {1});
        gateway.put("/present", new byte[] {2});

        assertThat(clients.scp(protocol, "file", remote("/nowhere/file"))
                        .run(TIME)
                        .assertFailure()
                        .stderr())
                .contains("nowhere");
        clients.scp(protocol, "file", "file", remote("/present")).run(TIME).assertFailure();
        clients.scp(protocol, remote("/missing"), "got").run(TIME).assertFailure();
        assertThat(folder.resolve("got")).doesNotExist();
        assertThat(gateway.get("/present")).containsExactly(2);
    }

    @Test
    void patternsAreExpanded() throws Exception {
        gateway.files().mkdir(VirtualPath.parse("/directory"));
        for (String name : List.of("a1.txt", "a2.txt", "b1.txt", "a1.csv", ".a1.txt")) {
            gateway.put("/directory/" + name, name.getBytes(StandardCharsets.UTF_8));
        }
        Path got = Files.createDirectory(folder.resolve("got"));

        clients.scp("-O", remote("/dir*/[a]?.txt"), got.toString()).run(TIME).assertSuccess();

        assertThat(got.toFile().list()).containsExactlyInAnyOrder("a1.txt", "a2.txt");
    }

    @Test
    void aFileThatCannotBeStoredIsAFailure() throws Exception {
        clients.local("file", Bytes.random(1, 1000));
        gateway.network()
                .fail(
                        request -> request.method().equals("PUT"),
                        new RequestFault.Respond(403, "<Error><Code>AccessDenied</Code></Error>"));

        clients.scp("-O", "file", remote("/file")).run(TIME).assertFailure();

        gateway.network().pass();
        assertThat(gateway.exists("/file")).isFalse();
    }

    // The following tests implement the old protocol themselves, to violate it.

    private record Exec(SshClient client, ChannelExec channel, OutputStream out, InputStream in)
            implements AutoCloseable {
        static Exec start(int port, String command) throws IOException {
            SshClient client = RawSftp.newClient();
            ClientSession session = RawSftp.login(client, port);
            ChannelExec channel = session.createExecChannel(command);
            channel.open().verify(RawSftp.TIMEOUT);
            return new Exec(client, channel, channel.getInvertedIn(), channel.getInvertedOut());
        }

        void say(String text) throws IOException {
            out.write(text.getBytes(StandardCharsets.ISO_8859_1));
            out.flush();
        }

        int exitStatus() {
            channel.waitFor(EnumSet.of(ClientChannelEvent.CLOSED), RawSftp.TIMEOUT);
            return channel.getExitStatus() == null ? -1 : channel.getExitStatus();
        }

        String rest() throws IOException {
            ByteArrayOutputStream rest = new ByteArrayOutputStream();
            in.transferTo(rest);
            return rest.toString(StandardCharsets.UTF_8);
        }

        @Override
        public void close() throws IOException {
            client.stop();
            client.close();
        }
    }

    private void assertNothingWasStored() throws Exception {
        Patience.await("all uploads to be over", () -> gateway.reservedForUploads() == 0);
        assertThat(gateway.files().list(VirtualPath.ROOT).next(10)).isEmpty();
    }

    @Test
    void aFileThatIsShorterThanAnnouncedIsNotStored() throws Exception {
        try (Exec scp = Exec.start(gateway.port(), "scp -t /file")) {
            assertThat(scp.in().read()).isZero();
            scp.say("C0644 1000 file\n");
            assertThat(scp.in().read()).isZero();
            scp.say("too short");
            scp.out().close();
            assertThat(scp.exitStatus()).isOne();
        }
        assertNothingWasStored();
    }

    @Test
    void aFileWithoutTheSendersFinalStatusIsNotStored() throws Exception {
        try (Exec scp = Exec.start(gateway.port(), "scp -t /file")) {
            assertThat(scp.in().read()).isZero();
            scp.say("C0644 4 file\n");
            assertThat(scp.in().read()).isZero();
            scp.say("1234");
            scp.out().close();
            assertThat(scp.exitStatus()).isOne();
        }
        assertNothingWasStored();
    }

    @Test
    void aFileThatTheSenderCouldNotReadIsNotStored() throws Exception {
        try (Exec scp = Exec.start(gateway.port(), "scp -t /file")) {
            assertThat(scp.in().read()).isZero();
            scp.say("C0644 4 file\n");
            assertThat(scp.in().read()).isZero();
            scp.say("1234\1scp: file: read error\n");
            scp.out().close();
            assertThat(scp.rest()).startsWith("\1").contains("not stored").contains("read error");
            assertThat(scp.exitStatus()).isOne();
        }
        assertNothingWasStored();
    }

    @Test
    void aDroppedConnectionStoresNothing() throws Exception {
        try (Exec scp = Exec.start(gateway.port(), "scp -t /file")) {
            assertThat(scp.in().read()).isZero();
            scp.say("C0644 10000 file\n");
            assertThat(scp.in().read()).isZero();
            scp.say("1234");
            Patience.await("the upload", () -> gateway.reservedForUploads() > 0);
            scp.channel().getSession().close(true);
        }
        assertNothingWasStored();
    }

    @ParameterizedTest
    @ValueSource(strings = {"../file", "a/b", "..", ".", "/file", "caf\u00e9"})
    void aNameMustBeThatOfOneFileAndUtf8(String name) throws Exception {
        gateway.files().mkdir(VirtualPath.parse("/d"));
        try (Exec scp = Exec.start(gateway.port(), "scp -t /d")) {
            assertThat(scp.in().read()).isZero();
            scp.say("C0644 1 " + name + "\nx\0");
            scp.out().close();
            assertThat(scp.exitStatus()).isOne();
        }
        gateway.files().rmdir(VirtualPath.parse("/d"));
        assertNothingWasStored();
    }

    @ParameterizedTest
    @ValueSource(strings = {"scp", "scp -t", "scp -t a b", "scp -z -t /", "scp -t 'a", "scp -t a\\"})
    void anInvalidCommandLineIsRefused(String command) throws Exception {
        try (Exec scp = Exec.start(gateway.port(), command)) {
            assertThat(scp.rest()).startsWith("\2scp: ");
            assertThat(scp.exitStatus()).isOne();
        }
    }

    @Test
    void anInterruptedDownloadIsAFailure() throws Exception {
        byte[] content = Bytes.random(1, 20 << 20);
        gateway.put("/file", content);
        try (Exec scp = Exec.start(gateway.port(), "scp -f /file")) {
            scp.say("\0");
            assertThat(new String(scp.in().readNBytes(20), StandardCharsets.UTF_8))
                    .isEqualTo("C0644 20971520 file\n");
            gateway.network().refuse();
            scp.say("\0");
            byte[] got = scp.in().readAllBytes();
            assertThat(got.length).isLessThan(content.length);
            assertThat(scp.exitStatus()).isOne();
        }
    }
}
