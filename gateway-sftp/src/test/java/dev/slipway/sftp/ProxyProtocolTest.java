package dev.slipway.sftp;

import static dev.slipway.sftp.RealClients.TIME;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.slipway.core.account.AccountSession;
import dev.slipway.core.setting.SettingsBuilder;
import dev.slipway.core.store.Bytes;
import dev.slipway.testing.Patience;
import dev.slipway.testing.S3Bucket;
import dev.slipway.testing.S3Store;
import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.apache.sshd.client.SshClient;
import org.apache.sshd.common.util.buffer.ByteArrayBuffer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A load balancer that sends the address of the client. */
@S3Store
class ProxyProtocolTest {
    private static final byte[] VERSION_1 =
            "PROXY TCP4 203.0.113.7 192.0.2.1 50000 22\r\n".getBytes(StandardCharsets.US_ASCII);
    private static final int LOCAL = 0x20;
    private static final int PROXY = 0x21;

    private final S3Bucket bucket;
    private final Path folder;
    private final List<AutoCloseable> open = new ArrayList<>();

    ProxyProtocolTest(S3Bucket bucket, @TempDir Path folder) {
        this.bucket = bucket;
        this.folder = folder;
    }

    @AfterEach
    void close() throws Exception {
        for (AutoCloseable each : open.reversed()) {
            each.close();
        }
    }

    private SftpGateway gateway(String trusted, SettingsBuilder<SftpSettings> settings) throws IOException {
        SftpGateway gateway = SftpGateway.builder(bucket, folder)
                .settings(settings)
                .behind(trusted)
                .start();
        open.add(gateway);
        return gateway;
    }

    private SftpGateway gateway(String trusted) throws IOException {
        return gateway(trusted, SftpGateway.settings());
    }

    /** A header of version 2 for an IPv6 client, with an extension after its addresses. */
    private static byte[] version2(int command) throws IOException {
        ByteArrayOutputStream header = new ByteArrayOutputStream();
        DataOutputStream data = new DataOutputStream(header);
        data.write(new byte[] {0x0d, 0x0a, 0x0d, 0x0a, 0x00, 0x0d, 0x0a, 0x51, 0x55, 0x49, 0x54, 0x0a});
        data.writeByte(command);
        data.writeByte(0x21);
        data.writeShort(36 + 7);
        data.write(InetAddress.ofLiteral("2001:db8::7").getAddress());
        data.write(InetAddress.ofLiteral("2001:db8::1").getAddress());
        data.writeShort(50000);
        data.writeShort(22);
        data.write(new byte[] {0x04, 0, 4, 0, 0, 0, 0});
        return header.toByteArray();
    }

    private void login(SftpGateway gateway, byte[] header) throws IOException {
        SshClient client = RawSftp.newClient();
        open.add(client);
        client.setClientProxyConnector(session -> session.getIoSession().writeBuffer(new ByteArrayBuffer(header)));
        RawSftp.login(client, gateway.port());
    }

    private static List<String> addresses(SftpGateway gateway) {
        return gateway.sessions().list().stream()
                .map(AccountSession::client)
                .map(client -> client.address().getHostAddress())
                .toList();
    }

    @Test
    void aSessionBelongsToTheClientInTheHeader() throws Exception {
        SftpGateway gateway = gateway("127.0.0.0/8");
        login(gateway, VERSION_1);
        login(gateway, version2(PROXY));
        assertThat(addresses(gateway)).containsExactly("203.0.113.7", "2001:db8:0:0:0:0:0:7");
    }

    @Test
    void localHeadersKeepTheLoadBalancersAddress() throws Exception {
        SftpGateway gateway = gateway("127.0.0.0/8");
        login(gateway, version2(LOCAL));
        login(gateway, "PROXY UNKNOWN\r\n".getBytes(StandardCharsets.US_ASCII));
        assertThat(addresses(gateway)).containsExactly("127.0.0.1", "127.0.0.1");
    }

    private Socket connect(SftpGateway gateway) throws IOException {
        Socket socket = new Socket(InetAddress.getLoopbackAddress(), gateway.port());
        open.add(socket);
        socket.setTcpNoDelay(true);
        socket.setSoTimeout((int) RawSftp.TIMEOUT.toMillis());
        InputStream in = socket.getInputStream();
        assertThat(new String(in.readNBytes(17), StandardCharsets.US_ASCII)).isEqualTo("SSH-2.0-Slipway\r\n");
        return socket;
    }

    /** Whether the server continues to the key exchange, rather than closing the connection. */
    private static boolean isServed(Socket socket) throws IOException {
        byte[] packet = socket.getInputStream().readNBytes(6);
        // length, padding length, SSH_MSG_KEXINIT or SSH_MSG_DISCONNECT
        return packet.length == 6 && packet[5] == 20;
    }

    @Test
    void aHeaderMayComeInPieces() throws Exception {
        SftpGateway gateway = gateway("127.0.0.0/8");
        for (byte[] header : List.of(VERSION_1, version2(PROXY))) {
            Socket socket = connect(gateway);
            for (byte each : header) {
                socket.getOutputStream().write(each);
            }
            socket.getOutputStream().write("SSH-2.0-".getBytes(StandardCharsets.US_ASCII));
            socket.getOutputStream().write("test\r\n".getBytes(StandardCharsets.US_ASCII));
            assertThat(isServed(socket)).isTrue();
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "SSH-2.0-test\r\n",
                "PROXY TCP4 203.0.113.7 192.0.2.1 50000\r\nSSH-2.0-test\r\n",
                "PROXY TCP4 example.org 192.0.2.1 50000 22\r\nSSH-2.0-test\r\n",
                "\r\n\r\n\0\r\nQUIT\n1\u0011\0\u000cxxxxxxxxxxxxSSH-2.0-test\r\n"
            })
    void withoutAHeaderALoadBalancersConnectionEnds(String start) throws Exception {
        Socket socket = connect(gateway("127.0.0.0/8"));
        socket.getOutputStream().write(start.getBytes(StandardCharsets.ISO_8859_1));
        assertThat(isServed(socket)).isFalse();
    }

    @Test
    void headersFromElsewhereAreNotAccepted() throws Exception {
        SftpGateway gateway = gateway("192.0.2.0/24");
        Socket socket = connect(gateway);
        socket.getOutputStream().write(VERSION_1);
        socket.getOutputStream().write("SSH-2.0-test\r\n".getBytes(StandardCharsets.US_ASCII));
        assertThat(isServed(socket)).isFalse();

        assertThatThrownBy(() -> login(gateway, version2(PROXY))).isInstanceOf(IOException.class);
        login(gateway, new byte[0]);
        assertThat(addresses(gateway)).containsExactly("127.0.0.1");
    }

    @Test
    void connectionsAreCountedByTheirClients() throws Exception {
        SftpGateway gateway = gateway("127.0.0.0/8", SftpGateway.settings().set("maxUnauthenticatedPerAddress", 1));
        Socket first = connect(gateway);
        first.getOutputStream().write(VERSION_1);
        first.getOutputStream().write("SSH-2.0-test\r\n".getBytes(StandardCharsets.US_ASCII));
        assertThat(isServed(first)).isTrue();

        Socket second = connect(gateway);
        second.getOutputStream().write(VERSION_1);
        second.getOutputStream().write("SSH-2.0-test\r\n".getBytes(StandardCharsets.US_ASCII));
        assertThat(isServed(second)).isFalse();

        login(gateway, version2(PROXY));
        first.close();
        Patience.await("the place to be free", () -> {
            try {
                login(gateway, VERSION_1);
                return true;
            } catch (IOException e) {
                return false;
            }
        });
    }

    @Test
    void opensshThroughALoadBalancer() throws Exception {
        UserKey key = UserKey.create(folder);
        SftpGateway gateway = SftpGateway.builder(bucket, folder)
                .behind("127.0.0.1")
                .keys(key.publicKey())
                .start();
        open.add(gateway);
        Path balancer = Files.writeString(folder.resolve("balancer.py"), """
                import os, socket, sys, threading
                s = socket.create_connection(('127.0.0.1', int(sys.argv[1])))
                s.sendall(b'PROXY TCP4 203.0.113.7 192.0.2.1 50000 22\\r\\n')
                def down():
                    while data := s.recv(65536):
                        os.write(1, data)
                    os._exit(0)
                threading.Thread(target=down, daemon=True).start()
                while data := os.read(0, 65536):
                    s.sendall(data)
                s.shutdown(socket.SHUT_WR)
                """);
        byte[] content = Bytes.random(1, 300_000);
        RealClients clients = new RealClients(folder, key, gateway.port());
        clients.local("file", content);

        clients.sftp("put file", "-o", "ProxyCommand=python3 " + balancer + " %p")
                .run(TIME)
                .assertSuccess();

        assertThat(gateway.get("/file")).isEqualTo(content);
        // Without a header no connection is served.
        clients.sftp("ls").run(TIME).assertFailure();
    }
}
