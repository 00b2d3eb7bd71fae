package dev.slipway.sftp;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import com.sun.management.HotSpotDiagnosticMXBean;
import dev.slipway.core.event.GatewayEvent;
import dev.slipway.sftp.subsystem.PacketType;
import dev.slipway.testing.Clients;
import dev.slipway.testing.Patience;
import dev.slipway.testing.S3Bucket;
import dev.slipway.testing.S3Store;
import java.io.IOException;
import java.io.OutputStream;
import java.lang.management.ManagementFactory;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.regex.Pattern;
import org.apache.sshd.client.SshClient;
import org.apache.sshd.client.session.ClientSession;
import org.apache.sshd.common.SshConstants;
import org.apache.sshd.common.io.IoWriteFuture;
import org.apache.sshd.common.util.buffer.Buffer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Connections that never become sessions, or that end abruptly. */
@S3Store
class ConnectionsTest {
    private static final String IDENTIFICATION = "SSH-2.0-Test\r\n";

    /** The length of a packet without the packet. */
    private static final String BEGUN = IDENTIFICATION + "\0\0\4\0\7";

    @RegisterExtension
    private final SftpFixture fixture;

    ConnectionsTest(S3Bucket bucket, @TempDir Path folder) {
        fixture = new SftpFixture(bucket, folder);
    }

    private static Socket connect(SftpGateway gateway) throws IOException {
        Socket socket = new Socket(InetAddress.getLoopbackAddress(), gateway.port());
        socket.setSoTimeout((int) RawSftp.TIMEOUT.toMillis());
        return socket;
    }

    private Socket connect(SftpGateway gateway, String said) throws IOException {
        Socket socket = fixture.closing(connect(gateway));
        send(socket, said);
        return socket;
    }

    private static void send(Socket socket, String text) throws IOException {
        socket.getOutputStream().write(text.getBytes(StandardCharsets.ISO_8859_1));
        socket.getOutputStream().flush();
    }

    /** Whether a new connection is served rather than closed at once. */
    private static boolean isServed(SftpGateway gateway) {
        try (Socket socket = connect(gateway)) {
            return socket.getInputStream().read() == 'S';
        } catch (IOException e) {
            return false;
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "SSH-2.0-Te", IDENTIFICATION, BEGUN})
    void aStalledHandshakeCountsAndEndsAtTheDeadline(String said) throws Exception {
        SftpGateway gateway = fixture.gateway(
                SftpGateway.settings().set("authenticationTimeout", "1s").set("maxUnauthenticatedConnections", 2));
        connect(gateway, said);
        Socket second = connect(gateway, said);
        assertThat(second.getInputStream().read()).isEqualTo('S');

        assertThat(isServed(gateway)).isFalse();

        assertThat(end(second)).isTrue();
        Patience.await("both to be gone", () -> gateway.connections() == 0);
        assertThat(isServed(gateway)).isTrue();
    }

    private static boolean end(Socket socket) throws IOException {
        try {
            socket.getInputStream().transferTo(OutputStream.nullOutputStream());
        } catch (SocketException e) {
            // reset, since its data was not read
        }
        return true;
    }

    @Test
    void aHandshakeSentByteByByteEndsAtTheDeadline() throws Exception {
        SftpGateway gateway = fixture.gateway(SftpGateway.settings().set("authenticationTimeout", "1s"));
        Socket socket = connect(gateway, IDENTIFICATION + "\0\0\4\0");
        Patience.await("the connection to be known", () -> gateway.connections() == 1);

        Patience.await("the connection to be closed", () -> {
            try {
                send(socket, "\7");
            } catch (IOException e) {
                // closed
            }
            return gateway.connections() == 0;
        });
    }

    @Test
    void repeatedAuthenticationRequestsDoNotExtendTheDeadline() throws Exception {
        SftpGateway gateway = fixture.gateway(SftpGateway.settings().set("authenticationTimeout", "2s"));

        Clients.command("python3", "-c", """
                        import paramiko, sys, time
                        from paramiko.common import cMSG_SERVICE_REQUEST
                        t = paramiko.Transport(('127.0.0.1', int(sys.argv[1])))
                        t.start_client()
                        end = time.monotonic() + 20
                        while t.is_active():
                            assert time.monotonic() < end, 'still connected'
                            m = paramiko.Message()
                            m.add_byte(cMSG_SERVICE_REQUEST)
                            m.add_string('ssh-userauth')
                            t._send_message(m)
                            t.join(0.3)
                        """, Integer.toString(gateway.port()))
                .run(RealClients.TIME)
                .assertSuccess();
    }

    @ParameterizedTest
    @ValueSource(bytes = {SshConstants.SSH_MSG_GLOBAL_REQUEST, SshConstants.SSH_MSG_CHANNEL_REQUEST})
    void aClientThatSendsRequestsWithoutReadingIsDisconnected(byte kind) throws Exception {
        SftpGateway gateway = fixture.gateway(SftpGateway.settings());
        RawSftp sftp = fixture.closing(RawSftp.connect(gateway.port()));
        ClientSession session = sftp.session();
        session.getIoSession().suspendRead();

        // The kernel's buffers alone hold some 100,000 answers.
        for (int i = 0; i < 2000 && gateway.connections() > 0; i++) {
            IoWriteFuture last = null;
            for (int j = 0; j < 500; j++) {
                Buffer request = session.createBuffer(kind);
                if (kind == SshConstants.SSH_MSG_CHANNEL_REQUEST) {
                    request.putUInt(sftp.channel().getRecipient());
                }
                request.putString("nothing@example.com");
                request.putBoolean(true);
                last = session.writePacket(request);
            }
            if (last != null) {
                last.await(RawSftp.TIMEOUT);
            }
        }

        Patience.await("the connection to be closed", () -> gateway.connections() == 0);
        assertThat(isServed(gateway)).isTrue();
    }

    /** The number of channel threads, which live as long as their channels. */
    private long channelThreads() throws IOException {
        Path dump = fixture.folder().resolve("threads-" + System.nanoTime());
        ManagementFactory.getPlatformMXBean(HotSpotDiagnosticMXBean.class)
                .dumpThreads(dump.toString(), HotSpotDiagnosticMXBean.ThreadDumpFormat.JSON);
        return Pattern.compile("\"name\": \"sftp-\\d+\"")
                .matcher(Files.readString(dump))
                .results()
                .count();
    }

    /** Sends several login requests at once, which a conforming client sends one by one. */
    private static void logInWith(SftpGateway gateway, String end) throws Exception {
        Clients.command(
                        "python3",
                        "-c",
                        """
                        import paramiko, socket, sys, time
                        from paramiko.common import *
                        s = socket.create_connection(('127.0.0.1', int(sys.argv[1])))
                        t = paramiko.Transport(s)
                        t.start_client()
                        m = paramiko.Message()
                        m.add_byte(cMSG_SERVICE_REQUEST)
                        m.add_string('ssh-userauth')
                        t._send_message(m)
                        def password():
                            m = paramiko.Message()
                            m.add_byte(cMSG_USERAUTH_REQUEST)
                            m.add_string(sys.argv[2])
                            m.add_string('ssh-connection')
                            m.add_string('password')
                            m.add_boolean(False)
                            m.add_string(sys.argv[3])
                            t._send_message(m)
                        """ + end,
                        Integer.toString(gateway.port()),
                        SftpGateway.USER,
                        SftpGateway.PASSWORD)
                .run(RealClients.TIME)
                .assertSuccess();
    }

    @Test
    void concurrentLoginsMakeOneSession() throws Exception {
        SftpGateway gateway = fixture.gateway(SftpGateway.settings());
        List<String> logins = new CopyOnWriteArrayList<>();
        gateway.events().subscribe(event -> {
            if (event instanceof GatewayEvent.LoggedIn login) {
                logins.add(login.client().session());
            }
        });

        logInWith(gateway, """
                        for i in range(3):
                            password()
                        c = t.open_session(timeout=60)
                        c.invoke_subsystem('sftp')
                        t.close()
                        """);

        Patience.await("the connection to be gone", () -> gateway.connections() == 0);
        assertThat(logins).hasSize(1);
        assertThat(gateway.sessions().list()).isEmpty();
    }

    @Test
    void aClientThatDisconnectsDuringItsPasswordCheckLeavesNothing() throws Exception {
        SftpGateway gateway = fixture.gateway(SftpGateway.settings());
        try (CapturedLog log = new CapturedLog(Level.INFO)) {
            for (int i = 0; i < 3; i++) {
                logInWith(gateway, """
                        password()
                        password()
                        s.close()
                        """);
            }
            Patience.await("the connections to be gone", () -> gateway.connections() == 0);
            Patience.await("all checks to be over", () -> {
                try {
                    return channelThreads() == 0;
                } catch (IOException e) {
                    throw new AssertionError(e);
                }
            });

            assertThat(log.lines()).noneMatch(line -> line.contains("could not be checked"));
            assertThat(gateway.sessions().list()).isEmpty();
        }
    }

    /** Most clients give up when their login fails. */
    @Test
    void aClientThatHasJustConnectedUploadsWhileTheServerDrains() throws Exception {
        try (SftpGateway gateway = fixture.builder().start();
                RawSftp idle = RawSftp.connect(gateway.port());
                SshClient client = RawSftp.newClient();
                ClientSession arriving = RawSftp.connection(client, gateway.port());
                ExecutorService executor = Executors.newSingleThreadExecutor()) {
            Future<Boolean> drained = executor.submit(() -> gateway.drain(RawSftp.TIMEOUT));
            Patience.await("the idle session to end", () -> idle.session().isClosed());

            RawSftp.logIn(arriving);
            try (RawSftp uploading = RawSftp.over(client, arriving)) {
                byte[] handle = uploading.open("/file", RawSftp.UPLOAD);
                uploading.write(handle, 0, new byte[] {1, 2, 3});
                assertThat(uploading.ask(PacketType.CLOSE, handle).status()).isZero();
            }

            assertThat(drained.get()).isTrue();
            assertThat(gateway.get("/file")).containsExactly(1, 2, 3);
        }
    }

    @Test
    void aDrainEndsIdleConnectionsWhileTheyEndAndWaitsForAnUpload() throws Exception {
        for (int i = 0; i < 5; i++) {
            try (SftpGateway gateway = fixture.builder()
                    .settings(SftpGateway.settings().set("maxUnauthenticatedPerAddress", 300))
                    .start()) {
                drainAmongConnectionsThatEnd(gateway, "/file" + i);
            }
        }
    }

    private void drainAmongConnectionsThatEnd(SftpGateway gateway, String file) throws Exception {
        try (RawSftp uploading = RawSftp.connect(gateway.port());
                ExecutorService executor = Executors.newSingleThreadExecutor()) {
            byte[] handle = uploading.open(file, RawSftp.UPLOAD);
            uploading.write(handle, 0, new byte[] {1, 2, 3});
            List<Socket> idle = new ArrayList<>();
            for (int j = 0; j < 200; j++) {
                idle.add(connect(gateway, IDENTIFICATION));
            }
            Patience.await("all to be there", () -> gateway.connections() == 201);

            Future<Boolean> drained = executor.submit(() -> gateway.drain(RawSftp.TIMEOUT));
            for (Socket each : idle) {
                each.close();
            }
            Patience.await("the others to be gone", () -> gateway.connections() == 1);

            assertThat(uploading.ask(PacketType.CLOSE, handle).status()).isZero();
            assertThat(drained.get()).isTrue();
        }
        assertThat(gateway.get(file)).containsExactly(1, 2, 3);
    }

    @Test
    void connectionsLeaveNothingBehindHoweverTheyEnd() throws Exception {
        SftpGateway gateway = fixture.gateway(SftpGateway.settings());
        SshClient client = fixture.closing(RawSftp.newClient());
        RawSftp first = fixture.closing(RawSftp.connect(gateway.port()));
        assertThat(channelThreads()).isOne();

        for (int i = 0; i < 50; i++) {
            connect(gateway, "").close();
            Socket reset = connect(gateway, BEGUN);
            reset.setSoLinger(true, 0);
            reset.close();
            RawSftp uploading = RawSftp.connect(client, gateway.port());
            byte[] handle = uploading.open("/file", RawSftp.UPLOAD);
            uploading.write(handle, 0, new byte[1000]);
            uploading.disconnect();
            // in the midst of logging in
            client.connect(SftpGateway.USER, "127.0.0.1", gateway.port())
                    .verify(RawSftp.TIMEOUT)
                    .getSession()
                    .close(true);
        }

        Patience.await("all but the first to be gone", () -> gateway.connections() == 1);
        Patience.await("all uploads to be over", () -> gateway.reservedForUploads() == 0);
        assertThat(gateway.sessions().list()).hasSize(1);
        Patience.await("all threads but the first's to end", () -> {
            try {
                return channelThreads() == 1;
            } catch (IOException e) {
                throw new AssertionError(e);
            }
        });
        assertThat(first.ask(PacketType.STAT, "/").type()).isEqualTo(PacketType.ATTRS);
        first.close();
        Patience.await("the first to be gone", () -> gateway.connections() == 0);
    }
}
