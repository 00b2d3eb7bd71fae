package dev.slipway.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.slipway.core.VirtualPath;
import dev.slipway.core.account.Account;
import dev.slipway.core.account.AccountEntry;
import dev.slipway.core.account.AccountOption;
import dev.slipway.core.account.AuthorizedKey;
import dev.slipway.core.account.Mount;
import dev.slipway.core.account.Network;
import dev.slipway.core.account.PasswordHash;
import dev.slipway.core.account.Permission;
import dev.slipway.core.state.AccountTable;
import dev.slipway.core.state.StateDatabase;
import dev.slipway.testing.Patience;
import dev.slipway.testing.S3Bucket;
import dev.slipway.testing.S3Store;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.time.Instant;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.function.UnaryOperator;
import net.schmizz.sshj.DefaultConfig;
import net.schmizz.sshj.SSHClient;
import net.schmizz.sshj.connection.channel.direct.Session;
import net.schmizz.sshj.sftp.RemoteFile;
import net.schmizz.sshj.sftp.SFTPClient;
import net.schmizz.sshj.transport.TransportException;
import net.schmizz.sshj.transport.verification.PromiscuousVerifier;
import net.schmizz.sshj.userauth.keyprovider.KeyPairWrapper;
import org.apache.commons.net.ftp.FTPConnectionClosedException;
import org.apache.commons.net.ftp.FTPSClient;
import org.apache.commons.net.util.TrustManagerUtils;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * What happens to open sessions, shells and commands when an account expires or is changed by another process. The
 * account eve is an administrator with a password and a key.
 */
@S3Store
@Timeout(value = Patience.TEST_SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class EndedRightsTest {
    private static final String PASSWORD = "first-password";
    private static final Instant LONG_AGO = Instant.parse("2020-01-01T00:00:00Z");

    @TempDir
    private static Path folder;

    private static KeyPair key;
    private static S3Bucket bucket;
    private static int accounts;
    private static Gateway gateway;
    private static StateDatabase database;
    private static AccountTable table;

    /** A different name for each test, since a gateway notices a change with a delay. */
    private static String name = "";

    @BeforeAll
    static void start(S3Bucket own) throws Exception {
        key = KeyPairGenerator.getInstance("RSA").generateKeyPair();
        bucket = own;
        gateway =
                RunningGateway.builder(bucket.endpoint().uri(), bucket, folder).start();
        assertThat(gateway.awaitReady(Patience.LIMIT)).isTrue();
        database = StateDatabase.join(folder.resolve("state/slipway.db"));
        table = new AccountTable(database);
    }

    @AfterAll
    static void stop() {
        database.close();
        gateway.close();
    }

    @BeforeEach
    void addAccount() throws InterruptedException {
        name = "eve" + ++accounts;
        table.add(AccountEntry.of(
                new Account(
                        name,
                        List.of(new Mount(VirtualPath.ROOT, bucket.name(), "", false)),
                        EnumSet.allOf(Permission.class),
                        Set.of(AccountOption.ADMIN, AccountOption.PUSH),
                        Account.UNLIMITED),
                PasswordHash.of(PASSWORD.toCharArray()),
                List.of(AuthorizedKey.of(key.getPublic(), "laptop"))));
        Patience.await("the gateway knows the account", () -> {
            try (SSHClient ssh = byKey()) {
                return ssh.isAuthenticated();
            } catch (IOException e) {
                return false;
            }
        });
    }

    @AfterEach
    void removeAccount() {
        table.remove(name);
    }

    private static void change(UnaryOperator<AccountEntry> change) {
        assertThat(table.change(name, change)).isPresent();
    }

    private static SSHClient connected() throws IOException {
        SSHClient ssh = new SSHClient(new DefaultConfig());
        ssh.addHostKeyVerifier(new PromiscuousVerifier());
        ssh.setTimeout(Patience.MILLIS);
        ssh.connect("127.0.0.1", gateway.sftpPort().orElseThrow());
        return ssh;
    }

    private static SSHClient byKey() throws IOException {
        SSHClient ssh = connected();
        ssh.authPublickey(name, new KeyPairWrapper(key));
        return ssh;
    }

    private static SSHClient byPassword() throws IOException {
        SSHClient ssh = connected();
        ssh.authPassword(name, PASSWORD);
        return ssh;
    }

    /** A shell without a terminal: sends one command per line, and reads the output. */
    private static final class Shell implements AutoCloseable {
        private final Session session;
        private final OutputStream typed;
        private final BufferedReader printed;

        Shell(SSHClient ssh) throws IOException {
            session = ssh.startSession();
            Session.Shell shell = session.startShell();
            typed = shell.getOutputStream();
            printed = new BufferedReader(new InputStreamReader(shell.getInputStream(), StandardCharsets.UTF_8));
        }

        void type(String line) throws IOException {
            typed.write((line + "\n").getBytes(StandardCharsets.UTF_8));
            typed.flush();
        }

        /** The next line; null if the shell has ended. */
        @Nullable
        String next() throws IOException {
            try {
                return printed.readLine();
            } catch (TransportException e) {
                assertThat(e).hasMessageContaining("expired or was changed");
                return null;
            }
        }

        @Override
        public void close() throws IOException {
            session.close();
        }
    }

    private static FTPSClient ftps() throws IOException {
        FTPSClient ftp = new FTPSClient(false);
        ftp.setTrustManager(TrustManagerUtils.getAcceptAllTrustManager());
        ftp.setEndpointCheckingEnabled(false);
        ftp.setDefaultTimeout(Patience.MILLIS);
        ftp.connect("127.0.0.1", gateway.explicitPort().orElseThrow());
        assertThat(ftp.login(name, PASSWORD)).as(ftp.getReplyString()).isTrue();
        return ftp;
    }

    private static void awaitEnd(SSHClient ssh) throws InterruptedException {
        Patience.await("the session ends", () -> !ssh.isConnected());
    }

    /** The gateway gives the reason, and then closes the connection. */
    private static void awaitEnd(FTPSClient ftp) throws IOException {
        // The client's library throws this for a 421.
        assertThatThrownBy(ftp::getReply).isInstanceOf(FTPConnectionClosedException.class);
        assertThat(ftp.getReplyString()).startsWith("421 ").contains("expired or was changed");
        ftp.disconnect();
    }

    private static void assertWorks(SSHClient ssh) throws IOException {
        try (SFTPClient sftp = ssh.newSFTPClient()) {
            assertThat(sftp.ls("/")).isNotNull();
        }
    }

    @Test
    void anExpiredAdministratorsShellRefusesAllCommands() throws Exception {
        try (SSHClient ssh = byKey();
                Shell shell = new Shell(ssh)) {
            shell.type("account show " + name + " --output json");
            assertThat(shell.next()).contains("\"name\":\"" + name + "\"");

            change(entry -> entry.withExpires(LONG_AGO));
            try {
                shell.type("account set " + name + " --expires never");
                shell.type("token add back-door --role admin");
            } catch (TransportException e) {
                assertThat(e).hasMessageContaining("expired or was changed");
            }

            String line = shell.next();
            assertThat(line).as("nothing that a command prints").isNull();
            awaitEnd(ssh);
        }
        assertThat(table.find(name).orElseThrow().expires()).isEqualTo(LONG_AGO);
        assertThatThrownBy(() -> byKey().close()).hasMessageContaining("auth");
    }

    @Test
    void expiryEndsIdleSessions() throws Exception {
        try (SSHClient ssh = byKey();
                Shell shell = new Shell(ssh)) {
            FTPSClient ftp = ftps();
            change(entry -> entry.withExpires(Instant.now().plusSeconds(2)));
            assertThat(shell.next()).isNull();
            awaitEnd(ssh);
            awaitEnd(ftp);
        }
    }

    @Test
    void aChangedPasswordEndsWhatWasOpenedWithIt() throws Exception {
        try (SSHClient password = byPassword();
                SSHClient stays = byKey()) {
            FTPSClient ftp = ftps();
            change(entry -> entry.withPassword(PasswordHash.of("second-password".toCharArray())));
            awaitEnd(password);
            awaitEnd(ftp);
            assertWorks(stays);
        }
    }

    @Test
    void aRemovedKeyEndsWhatWasOpenedWithIt() throws Exception {
        try (SSHClient ssh = byKey();
                SSHClient stays = byPassword()) {
            change(entry -> entry.withKeys(List.of()));
            awaitEnd(ssh);
            assertWorks(stays);
        }
    }

    @Test
    void anotherNetworkEndsSessionsFromElsewhere() throws Exception {
        try (SSHClient ssh = byKey()) {
            FTPSClient ftp = ftps();
            change(entry -> entry.withNetworks(List.of(Network.parse("192.0.2.0/24"))));
            awaitEnd(ssh);
            awaitEnd(ftp);
        }
    }

    @Test
    void removingAProtocolEndsOnlyItsSessions() throws Exception {
        try (SSHClient ssh = byKey()) {
            FTPSClient ftp = ftps();
            change(entry -> entry.withProtocols(EnumSet.of(dev.slipway.core.Protocol.FTPS)));
            awaitEnd(ssh);
            assertThat(ftp.doCommandAsStrings("SITE", "JOBS")).isNotNull();
            assertThat(ftp.getReplyCode()).as(ftp.getReplyString()).isNotEqualTo(421);
            change(entry -> entry.withProtocols(EnumSet.of(dev.slipway.core.Protocol.SFTP)));
            awaitEnd(ftp);
        }
    }

    @Test
    void anUploadInProgressIsNotStored() throws Exception {
        try (SSHClient ssh = byPassword();
                SFTPClient sftp = ssh.newSFTPClient()) {
            RemoteFile file = sftp.open(
                    "/half", EnumSet.of(net.schmizz.sshj.sftp.OpenMode.CREAT, net.schmizz.sshj.sftp.OpenMode.WRITE));
            file.write(0, new byte[1000], 0, 1000);
            change(entry -> entry.withEnabled(false));
            awaitEnd(ssh);
            assertThatThrownBy(file::close).isInstanceOf(IOException.class);
        }
        RunningGateway.awaitNoMemoryInUse(gateway);
        try (BucketView stored = new BucketView(bucket)) {
            assertThat(stored.keys()).doesNotContain("half");
        }
    }

    @Test
    void withoutTheOptionPushCommandsAreRefused() throws Exception {
        FTPSClient ftp = ftps();
        change(entry -> entry.withAccount(new Account(
                name, entry.account().mounts(), entry.account().permissions(), Set.of(), Account.UNLIMITED)));
        Patience.await("SITE JOBS is refused", () -> {
            try {
                return ftp.sendCommand("SITE", "JOBS") == 504;
            } catch (IOException e) {
                throw new AssertionError(e);
            }
        });
        assertThat(ftp.pwd()).as("the session goes on").isEqualTo(257);
        ftp.disconnect();
    }
}
