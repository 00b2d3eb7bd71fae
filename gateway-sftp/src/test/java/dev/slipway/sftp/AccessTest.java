package dev.slipway.sftp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ch.qos.logback.classic.Level;
import dev.slipway.core.account.ConfiguredAccounts;
import dev.slipway.core.account.Sessions;
import dev.slipway.core.event.Events;
import dev.slipway.sftp.subsystem.PacketType;
import dev.slipway.testing.Clients;
import dev.slipway.testing.Patience;
import dev.slipway.testing.S3Bucket;
import dev.slipway.testing.S3Store;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.math.BigInteger;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.KeyFactory;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PublicKey;
import java.security.spec.RSAKeyGenParameterSpec;
import java.security.spec.RSAPublicKeySpec;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.apache.sshd.client.SshClient;
import org.apache.sshd.client.auth.keyboard.UserAuthKeyboardInteractiveFactory;
import org.apache.sshd.client.auth.keyboard.UserInteraction;
import org.apache.sshd.client.auth.password.UserAuthPasswordFactory;
import org.apache.sshd.client.auth.pubkey.UserAuthPublicKeyFactory;
import org.apache.sshd.client.channel.ChannelDirectTcpip;
import org.apache.sshd.client.channel.ChannelExec;
import org.apache.sshd.client.channel.ChannelShell;
import org.apache.sshd.client.channel.ClientChannel;
import org.apache.sshd.client.channel.ClientChannelEvent;
import org.apache.sshd.client.session.ClientSession;
import org.apache.sshd.common.util.net.SshdSocketAddress;
import org.apache.sshd.common.util.security.SecurityUtils;
import org.apache.sshd.core.CoreModuleProperties;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Which logins are accepted, and for what. */
@S3Store
class AccessTest {

    @RegisterExtension
    private final SftpFixture fixture;

    AccessTest(S3Bucket bucket, @TempDir Path folder) {
        fixture = new SftpFixture(bucket, folder);
    }

    private SshClient client() {
        return fixture.closing(RawSftp.newClient());
    }

    private ClientSession connect(SftpGateway gateway) throws IOException {
        return client().connect(SftpGateway.USER, "127.0.0.1", gateway.port())
                .verify(RawSftp.TIMEOUT)
                .getSession();
    }

    private ClientSession login(SftpGateway gateway) throws IOException {
        return RawSftp.login(client(), gateway.port());
    }

    @Test
    void aPasswordLogsIn() throws Exception {
        ClientSession session = connect(fixture.gateway());
        session.setUserAuthFactories(List.of(UserAuthPasswordFactory.INSTANCE));
        session.addPasswordIdentity(SftpGateway.PASSWORD);
        session.auth().verify(RawSftp.TIMEOUT);
        assertThat(session.isAuthenticated()).isTrue();
    }

    @Test
    void aPasswordLogsInInteractivelyToo() throws Exception {
        ClientSession session = connect(fixture.gateway());
        session.setUserAuthFactories(List.of(UserAuthKeyboardInteractiveFactory.INSTANCE));
        session.setUserInteraction(new UserInteraction() {
            @Override
            public String[] interactive(
                    ClientSession asked,
                    String name,
                    String instruction,
                    String lang,
                    String[] prompt,
                    boolean[] echo) {
                return new String[] {SftpGateway.PASSWORD};
            }

            @Override
            public @Nullable String getUpdatedPassword(ClientSession asked, String prompt, String lang) {
                return null;
            }
        });
        session.auth().verify(RawSftp.TIMEOUT);
        assertThat(session.isAuthenticated()).isTrue();
    }

    @Test
    void aWrongPasswordDoesNotLogIn() throws Exception {
        SftpGateway gateway = fixture.gateway();
        ClientSession session = connect(gateway);
        session.addPasswordIdentity("wrong");
        assertThatThrownBy(() -> session.auth().verify(RawSftp.TIMEOUT)).isInstanceOf(IOException.class);

        ClientSession other = client().connect("bob", "127.0.0.1", gateway.port())
                .verify(RawSftp.TIMEOUT)
                .getSession();
        other.addPasswordIdentity(SftpGateway.PASSWORD);
        assertThatThrownBy(() -> other.auth().verify(RawSftp.TIMEOUT)).isInstanceOf(IOException.class);
    }

    private static KeyPair newKey(String algorithm, int size) throws Exception {
        KeyPairGenerator generator = SecurityUtils.getKeyPairGenerator(algorithm);
        if (size > 0) {
            generator.initialize(size);
        }
        return generator.generateKeyPair();
    }

    @ParameterizedTest
    @ValueSource(strings = {"Ed25519", "EC", "RSA"})
    void aKnownKeyLogsInAndAnUnknownOneDoesNot(String algorithm) throws Exception {
        int size = switch (algorithm) {
            case "EC" -> 256;
            case "RSA" -> 3072;
            default -> 0;
        };
        KeyPair known = newKey(algorithm, size);
        Set<PublicKey> keys = Set.of(known.getPublic());
        SftpGateway gateway = fixture.closing(
                fixture.builder().keys(keys.toArray(PublicKey[]::new)).start());

        ClientSession session = connect(gateway);
        session.setUserAuthFactories(List.of(UserAuthPublicKeyFactory.INSTANCE));
        session.addPublicKeyIdentity(known);
        session.auth().verify(RawSftp.TIMEOUT);
        assertThat(session.isAuthenticated()).isTrue();

        ClientSession stranger = connect(gateway);
        stranger.setUserAuthFactories(List.of(UserAuthPublicKeyFactory.INSTANCE));
        stranger.addPublicKeyIdentity(newKey(algorithm, size));
        assertThatThrownBy(() -> stranger.auth().verify(RawSftp.TIMEOUT)).isInstanceOf(IOException.class);
    }

    /** The test of a modulus of this size takes seconds of CPU time, and anybody may send one. */
    @Test
    void anUnknownKeyIsRefusedWithoutATestOfItsModulus() throws Exception {
        KeyPair known = newKey("RSA", 3072);
        SftpGateway gateway =
                fixture.closing(fixture.builder().keys(known.getPublic()).start());
        BigInteger composite = BigInteger.valueOf(3).shiftLeft(16_382).add(BigInteger.valueOf(3));
        PublicKey unknown = KeyFactory.getInstance("RSA", "SunRsaSign")
                .generatePublic(new RSAPublicKeySpec(composite, RSAKeyGenParameterSpec.F4));
        try (CapturedLog log = new CapturedLog(Level.WARN)) {
            ClientSession session = connect(gateway);
            session.setUserAuthFactories(List.of(UserAuthPublicKeyFactory.INSTANCE));
            session.addPublicKeyIdentity(
                    new KeyPair(unknown, newKey("RSA", 2048).getPrivate()));
            session.addPublicKeyIdentity(known);
            session.auth().verify(RawSftp.TIMEOUT);
            assertThat(session.isAuthenticated()).isTrue();
            assertThat(log.lines()).noneMatch(line -> line.contains("modulus"));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"ed25519", "ecdsa", "rsa"})
    void opensshLogsInWithEveryKindOfKey(String type) throws Exception {
        UserKey key = UserKey.create(fixture.folder(), type);
        SftpGateway gateway =
                fixture.closing(fixture.builder().keys(key.publicKey()).start());
        new RealClients(fixture.folder(), key, gateway.port())
                .sftp("ls")
                .run(RealClients.TIME)
                .assertSuccess();
    }

    @Test
    void thePublicKeyAloneDoesNotLogIn() throws Exception {
        KeyPair known = newKey("EC", 256);
        SftpGateway gateway =
                fixture.closing(fixture.builder().keys(known.getPublic()).start());
        ClientSession session = connect(gateway);
        session.setUserAuthFactories(List.of(UserAuthPublicKeyFactory.INSTANCE));
        session.addPublicKeyIdentity(
                new KeyPair(known.getPublic(), newKey("EC", 256).getPrivate()));
        assertThatThrownBy(() -> session.auth().verify(RawSftp.TIMEOUT)).isInstanceOf(IOException.class);
    }

    @Test
    void thereIsNoShell() throws Exception {
        ClientSession session = login(fixture.gateway());
        CoreModuleProperties.REQUEST_SHELL_REPLY.set(session, true);
        try (ChannelShell shell = session.createShellChannel()) {
            shell.setUsePty(false);
            assertRefused(shell);
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "ls",
                "sh -c scp",
                "scpx -t /",
                "/bin/sh",
                "echo scp",
                "echo ${ShellId}%ComSpec%",
                "md5sum /;ls",
                "md5sum $(ls)",
                "md5sum \"`ls`\"",
                "md5sum /\nls",
                "md5sum --check sums"
            })
    void otherCommandsAreRefusedWithAMessage(String command) throws Exception {
        ClientSession session = login(fixture.gateway());
        try (ChannelExec exec = session.createExecChannel(command)) {
            ByteArrayOutputStream said = new ByteArrayOutputStream();
            ByteArrayOutputStream printed = new ByteArrayOutputStream();
            exec.setErr(said);
            exec.setOut(printed);
            exec.open().verify(RawSftp.TIMEOUT);
            assertThat(exec.waitFor(EnumSet.of(ClientChannelEvent.CLOSED), RawSftp.TIMEOUT))
                    .contains(ClientChannelEvent.CLOSED);
            assertThat(exec.getExitStatus()).isEqualTo(127);
            assertThat(said.toString(StandardCharsets.UTF_8)).startsWith("slipway: ");
            assertThat(printed.size()).isZero();
        }
    }

    private static void assertRefused(ClientChannel channel) throws IOException {
        channel.open().verify(RawSftp.TIMEOUT);
        // The client closes the channel when its request is refused.
        assertThat(channel.waitFor(EnumSet.of(ClientChannelEvent.CLOSED), RawSftp.TIMEOUT))
                .contains(ClientChannelEvent.CLOSED);
        assertThat(channel.getExitStatus()).isNull();
    }

    @Test
    void nothingIsForwarded() throws Exception {
        ClientSession session = login(fixture.gateway());
        try (ServerSocket target = new ServerSocket(0)) {
            ChannelDirectTcpip direct = session.createDirectTcpipChannel(
                    SshdSocketAddress.LOCALHOST_ADDRESS, new SshdSocketAddress("127.0.0.1", target.getLocalPort()));
            assertThatThrownBy(() -> direct.open().verify(RawSftp.TIMEOUT)).isInstanceOf(IOException.class);
            target.setSoTimeout(1);
            assertThatThrownBy(target::accept).isInstanceOf(SocketTimeoutException.class);
        }
        assertThatThrownBy(() -> session.startRemotePortForwarding(
                        new SshdSocketAddress("127.0.0.1", 0), new SshdSocketAddress("127.0.0.1", 1)))
                .isInstanceOf(IOException.class);
    }

    @Test
    void changedHostKeysAreShownToNewSessionsOnly() throws Exception {
        SftpGateway gateway = fixture.gateway();
        ClientSession before = login(gateway);
        byte[] first = before.getServerKey().getEncoded();
        gateway.changeHostKeys();
        ClientSession after = login(gateway);

        before.reExchangeKeys().verify(RawSftp.TIMEOUT);

        assertThat(before.getServerKey().getEncoded()).isEqualTo(first);
        assertThat(after.getServerKey().getEncoded()).isNotEqualTo(first);
    }

    private static int firstByte(Socket socket) throws IOException {
        socket.setSoTimeout((int) RawSftp.TIMEOUT.toMillis());
        InputStream in = socket.getInputStream();
        try {
            return in.read();
        } catch (SocketException e) {
            return -1;
        }
    }

    @Test
    void connectionsThatDoNotLogInAreLimited() throws Exception {
        SftpGateway gateway = fixture.gateway(SftpGateway.settings().set("maxUnauthenticatedConnections", 2));
        List<Socket> lingering = new ArrayList<>();
        for (int i = 0; i < 2; i++) {
            Socket socket = fixture.closing(new Socket(InetAddress.getLoopbackAddress(), gateway.port()));
            assertThat(firstByte(socket)).isEqualTo('S');
            lingering.add(socket);
        }

        try (Socket refused = new Socket(InetAddress.getLoopbackAddress(), gateway.port())) {
            assertThat(firstByte(refused)).isEqualTo(-1);
        }
        lingering.getFirst().close();
        Patience.await("the place to be free", () -> {
            try {
                return login(gateway).isAuthenticated();
            } catch (IOException e) {
                return false;
            }
        });
        // Authenticated connections no longer count.
        assertThat(login(gateway).isAuthenticated()).isTrue();
    }

    @Test
    void connectionsThatDoNotLogInAreLimitedForEachAddress() throws Exception {
        SftpGateway gateway = fixture.gateway(SftpGateway.settings().set("maxUnauthenticatedPerAddress", 1));
        Socket lingering = fixture.closing(new Socket(InetAddress.getLoopbackAddress(), gateway.port()));
        assertThat(firstByte(lingering)).isEqualTo('S');
        try (Socket refused = new Socket(InetAddress.getLoopbackAddress(), gateway.port())) {
            assertThat(firstByte(refused)).isEqualTo(-1);
        }
        InetAddress neighbour = InetAddress.ofLiteral("127.0.0.2");
        try (Socket served = new Socket(InetAddress.getLoopbackAddress(), gateway.port(), neighbour, 0)) {
            assertThat(firstByte(served)).isEqualTo('S');
        }
    }

    @Test
    void clientsMayUseIpv6() throws Exception {
        SftpGateway gateway =
                fixture.gateway(SftpGateway.settings().set("bind", "::1").set("maxUnauthenticatedPerAddress", 1));
        ClientSession session = client().connect(SftpGateway.USER, "::1", gateway.port())
                .verify(RawSftp.TIMEOUT)
                .getSession();
        session.addPasswordIdentity(SftpGateway.PASSWORD);
        session.auth().verify(RawSftp.TIMEOUT);
        assertThat(gateway.sessions().list())
                .singleElement()
                .satisfies(login ->
                        assertThat(login.client().address().getHostAddress()).isEqualTo("0:0:0:0:0:0:0:1"));

        Socket lingering = fixture.closing(new Socket(InetAddress.ofLiteral("::1"), gateway.port()));
        assertThat(firstByte(lingering)).isEqualTo('S');
        try (Socket refused = new Socket(InetAddress.ofLiteral("::1"), gateway.port())) {
            assertThat(firstByte(refused)).isEqualTo(-1);
        }
    }

    @Test
    void sessionsOfAnAccountAreLimited() throws Exception {
        UserKey key = UserKey.create(fixture.folder());
        SftpGateway gateway = fixture.closing(
                fixture.builder().keys(key.publicKey()).maxSessions(1).start());
        RealClients clients = new RealClients(fixture.folder(), key, gateway.port());
        ClientSession first = login(gateway);

        String said = clients.sftp("ls").run(RealClients.TIME).assertFailure().stderr();

        assertThat(said).contains(":12: Too many sessions for this account; close one first.");
        assertThat(gateway.sessions().list()).hasSize(1);
        first.close(false).await(RawSftp.TIMEOUT);
        Patience.await("the place to be free", () -> gateway.sessions().list().isEmpty());
        clients.sftp("ls").run(RealClients.TIME).assertSuccess();
    }

    /** Runs a paramiko script, which must succeed. */
    private static void paramiko(SftpGateway gateway, String script) throws InterruptedException {
        Clients.command(
                        "python3",
                        "-c",
                        "import paramiko, sys\nfrom paramiko.common import cMSG_USERAUTH_REQUEST\n" + script,
                        Integer.toString(gateway.port()),
                        SftpGateway.PASSWORD)
                .run(RealClients.TIME)
                .assertSuccess();
    }

    @Test
    void theNoneMethodRevealsNothingAboutAccounts() throws Exception {
        paramiko(fixture.gateway(), """
                answers = []
                for name in ('alice', 'nobody', 'x' * 1000, ''):
                    t = paramiko.Transport(('127.0.0.1', int(sys.argv[1])))
                    t.start_client()
                    try:
                        t.auth_none(name)
                        raise AssertionError(name + ' is in')
                    except paramiko.BadAuthenticationType as e:
                        answers.append(sorted(e.allowed_types))
                    assert not t.is_authenticated()
                    t.close()
                assert answers == [['keyboard-interactive', 'password', 'publickey']] * 4, answers
                """);
    }

    @Test
    void passwordsCannotBeChangedOverSsh() throws Exception {
        paramiko(fixture.gateway(), """
                t = paramiko.Transport(('127.0.0.1', int(sys.argv[1])))
                t.start_client()
                try: t.auth_none('alice')
                except paramiko.BadAuthenticationType: pass
                m = paramiko.Message()
                m.add_byte(cMSG_USERAUTH_REQUEST)
                m.add_string('alice')
                m.add_string('ssh-connection')
                m.add_string('password')
                m.add_boolean(True)
                m.add_string(sys.argv[2])
                m.add_string('a-new-one')
                t._send_message(m)
                for wrong in ('a-new-one',):
                    try:
                        t.auth_password('alice', wrong)
                        raise AssertionError('changed')
                    except paramiko.AuthenticationException: pass
                assert not t.is_authenticated()
                t.close()
                t = paramiko.Transport(('127.0.0.1', int(sys.argv[1])))
                t.connect(username='alice', password=sys.argv[2])
                t.close()
                """);
    }

    @Test
    void attemptsAreCountedEvenIfTheClientStartsOver() throws Exception {
        // paramiko requests the authentication service before each attempt, so it may also change the name.
        paramiko(fixture.gateway(SftpGateway.settings().set("maxAuthenticationTries", 4)), """
                t = paramiko.Transport(('127.0.0.1', int(sys.argv[1])))
                t.start_client()
                tries = 0
                try:
                    while tries < 20:
                        tries += 1
                        try: t.auth_password('bob' if tries % 2 else 'alice', 'wrong')
                        except paramiko.AuthenticationException: pass
                except (paramiko.SSHException, EOFError): pass
                assert tries <= 6, tries
                t = paramiko.Transport(('127.0.0.1', int(sys.argv[1])))
                t.start_client()
                try: t.auth_password('bob', sys.argv[2])
                except paramiko.AuthenticationException: pass
                t.auth_password('alice', sys.argv[2])
                t.close()
                """);
    }

    @Test
    void sessionsAreLimitedAtTheirLogin() throws Exception {
        SftpGateway gateway =
                fixture.gateway(SftpGateway.settings().set("maxSessions", 2).set("maxUnauthenticatedConnections", 3));
        // Unauthenticated connections take no place of a session.
        for (int i = 0; i < 2; i++) {
            Socket lingering = fixture.closing(new Socket(InetAddress.getLoopbackAddress(), gateway.port()));
            assertThat(firstByte(lingering)).isEqualTo('S');
        }
        login(gateway);
        ClientSession second = login(gateway);
        ClientSession third = login(gateway);
        third.waitFor(EnumSet.of(ClientSession.ClientSessionEvent.CLOSED), RawSftp.TIMEOUT);
        assertThat(third.isClosed()).isTrue();
        assertThat(gateway.sessions().list()).hasSize(2);

        second.close(false).await(RawSftp.TIMEOUT);
        Patience.await("a place to be free", () -> {
            try {
                ClientSession next = login(gateway);
                return !next.waitFor(EnumSet.of(ClientSession.ClientSessionEvent.CLOSED), Duration.ofMillis(500))
                        .contains(ClientSession.ClientSessionEvent.CLOSED);
            } catch (IOException e) {
                return false;
            }
        });
    }

    @Test
    void channelsOfASessionAreLimited() throws Exception {
        SftpGateway gateway = fixture.gateway(SftpGateway.settings().set("maxChannels", 2));
        RawSftp sftp = fixture.closing(RawSftp.connect(gateway.port()));
        RawSftp other = sftp.another();
        assertThatThrownBy(sftp::another).isInstanceOf(IOException.class);
        // and the session lives on
        assertThat(other.ask(PacketType.STAT, "/").type()).isEqualTo(PacketType.ATTRS);
        other.close();
        Patience.await("the place to be free", () -> {
            try (RawSftp third = sftp.another()) {
                return third.ask(PacketType.STAT, "/").type() == PacketType.ATTRS;
            } catch (IOException e) {
                return false;
            }
        });
    }

    @Test
    void aConnectionThatDoesNotLogInIsClosed() throws Exception {
        SftpGateway gateway = fixture.gateway(SftpGateway.settings().set("authenticationTimeout", "1s"));
        ClientSession session = connect(gateway);
        Patience.await("the connection to be closed", () -> !session.isOpen());
    }

    @Test
    void loginAttemptsAreLimited() throws Exception {
        SftpGateway gateway = fixture.gateway(SftpGateway.settings().set("maxAuthenticationTries", 3));
        ClientSession session = connect(gateway);
        for (int i = 0; i < 10; i++) {
            session.addPasswordIdentity("wrong" + i);
        }
        session.addPasswordIdentity(SftpGateway.PASSWORD);
        assertThatThrownBy(() -> session.auth().verify(RawSftp.TIMEOUT)).isInstanceOf(IOException.class);
        Patience.await("the connection to be closed", () -> !session.isOpen());
    }

    @Test
    void neitherPasswordsNorKeysAreLogged() throws Exception {
        List<String> lines;
        try (CapturedLog log = new CapturedLog(Level.DEBUG)) {
            SftpGateway gateway = fixture.gateway();
            // Uses a real client, since a client in this process would log to the same place.
            Clients.command("python3", "-c", """
                            import paramiko, sys
                            t = paramiko.Transport(('127.0.0.1', int(sys.argv[1])))
                            t.start_client()
                            try: t.auth_password('alice', 'wrong-93ab')
                            except paramiko.AuthenticationException: pass
                            t.auth_interactive('alice', lambda *a: [sys.argv[2]])
                            t.open_sftp_client().listdir('.')
                            t.close()
                            """, Integer.toString(gateway.port()), SftpGateway.PASSWORD)
                    .run(Patience.LIMIT)
                    .assertSuccess();
            lines = log.lines();
        }
        assertThat(lines)
                .isNotEmpty()
                .noneMatch(line -> line.contains(SftpGateway.PASSWORD))
                .noneMatch(line -> line.contains("wrong-93ab"));
    }

    @Test
    void aPortInUseIsReported() throws Exception {
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
                SftpServer server = server(taken.getLocalPort(), List.of(newKey("EC", 256)))) {
            assertThatThrownBy(server::start)
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining("127.0.0.1 port " + taken.getLocalPort());
        }
    }

    @Test
    void aListenerWithoutHostKeysDoesNotStart() {
        try (SftpServer server = server(0, List.of())) {
            assertThatThrownBy(server::start).isInstanceOf(IOException.class).hasMessageContaining("host key");
        }
    }

    private static SftpServer server(int port, List<KeyPair> hostKeys) {
        return new SftpServer(
                SftpGateway.settings().set("port", port).build(),
                new ConfiguredAccounts(List.of()),
                new Sessions(new Events(), Clock.systemUTC()),
                session -> {
                    throw new AssertionError("nobody logs in");
                },
                () -> hostKeys);
    }

    @Test
    void theServerSaysWhatItIs() throws Exception {
        SftpGateway gateway = fixture.gateway();
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), gateway.port())) {
            socket.setSoTimeout((int) RawSftp.TIMEOUT.toMillis());
            byte[] line = socket.getInputStream().readNBytes(17);
            assertThat(new String(line, StandardCharsets.US_ASCII)).isEqualTo("SSH-2.0-Slipway\r\n");
        }
    }
}
