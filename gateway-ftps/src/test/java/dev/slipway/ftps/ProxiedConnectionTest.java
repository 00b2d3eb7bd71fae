package dev.slipway.ftps;

import static org.assertj.core.api.Assertions.assertThat;

import dev.slipway.core.setting.SettingsBuilder;
import dev.slipway.testing.Clients;
import dev.slipway.testing.Patience;
import dev.slipway.testing.S3Store;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;

/** Load balancers that send a client's address by the PROXY protocol, and others who pretend to. */
@S3Store
class ProxiedConnectionTest extends FtpsGatewayTest {
    /** A trusted address, from which tests connect unless they say otherwise. */
    private static final String BALANCER = "127.0.0.1";

    private static final String STRANGER = "127.0.0.2";
    private static final InetAddress CLIENT = InetAddress.ofLiteral("192.0.2.7");
    private static final byte[] V1 = bytes("PROXY TCP4 192.0.2.7 198.51.100.1 50000 21\r\n");
    private static final byte[] V1_OTHER = bytes("PROXY TCP4 192.0.2.8 198.51.100.1 50000 21\r\n");
    private static final byte[] V1_IPV6 = bytes("PROXY TCP6 2001:db8::7 2001:db8::1 50000 21\r\n");
    private static final byte[] V2 =
            v2(0x21, 0x11, new byte[] {(byte) 192, 0, 2, 7, (byte) 198, 51, 100, 1, (byte) 0xC3, 0x50, 0, 21});

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.ISO_8859_1);
    }

    private static byte[] v2(int command, int family, byte[] addresses) {
        ByteArrayOutputStream header = new ByteArrayOutputStream();
        header.writeBytes(bytes("\r\n\r\n\0\r\nQUIT\n"));
        header.write(command);
        header.write(family);
        header.write(addresses.length >> 8);
        header.write(addresses.length & 0xFF);
        header.writeBytes(addresses);
        return header.toByteArray();
    }

    private FtpsGateway startBehindBalancer(UnaryOperator<SettingsBuilder<FtpsSettings>> change) throws Exception {
        return startBehind(BALANCER, settings -> change.apply(settings.set("plain", true)));
    }

    private FtpsGateway startBehindBalancer() throws Exception {
        return startBehindBalancer(settings -> settings);
    }

    private static FtpConnection connect(FtpsGateway gateway, byte[] first) throws IOException {
        Socket socket = FtpConnection.connect(gateway.port(), BALANCER);
        socket.getOutputStream().write(first);
        return FtpConnection.over(socket, gateway.certificate().clientContext());
    }

    private static InetAddress clientOf(FtpsGateway gateway) {
        return gateway.sessions().list().getFirst().client().address();
    }

    @Test
    void headersOfBothVersionsNameTheClient() throws Exception {
        FtpsGateway gateway = startBehindBalancer();
        for (byte[] header : List.of(V1, V2)) {
            try (FtpConnection ftp = connect(gateway, header)) {
                ftp.expect(220);
                ftp.logIn();
                assertThat(clientOf(gateway)).isEqualTo(CLIENT);
                assertThat(gateway.lastAuthentication()).isEqualTo(CLIENT);
            }
            Patience.await(
                    "the session is over", () -> gateway.sessions().list().isEmpty());
        }
    }

    @Test
    void headerMayComeInPiecesAndTogetherWithCommands() throws Exception {
        FtpsGateway gateway = startBehindBalancer();
        for (byte[] header : List.of(V1, V2)) {
            try (FtpConnection ftp = connect(gateway, new byte[0])) {
                ftp.expectSilence(); // not even a greeting before the client is known
                for (byte each : header) {
                    ftp.sendBytes(new byte[] {each});
                }
                ftp.expect(220);
                ftp.logIn();
            }
            ByteArrayOutputStream together = new ByteArrayOutputStream();
            together.writeBytes(header);
            together.writeBytes(bytes("USER alice\r\nPASS secret\r\nPW"));
            try (FtpConnection ftp = connect(gateway, together.toByteArray())) {
                ftp.expect(220);
                ftp.expect(331);
                ftp.expect(230);
                ftp.command("D", 257);
            }
        }
    }

    @Test
    void headerComesBeforeTls() throws Exception {
        FtpsGateway gateway = startBehindBalancer();
        for (byte[] header : List.of(V1, V2)) {
            Socket socket = FtpConnection.connect(gateway.implicitPort(), BALANCER);
            socket.getOutputStream().write(header);
            try (FtpConnection ftp =
                    FtpConnection.over(socket, gateway.certificate().clientContext())) {
                ftp.handshake();
                ftp.expect(220);
                ftp.logIn();
                assertThat(clientOf(gateway)).isEqualTo(CLIENT);
            }
            Patience.await(
                    "the session is over", () -> gateway.sessions().list().isEmpty());
        }
        try (FtpConnection ftp = connect(gateway, V2)) {
            ftp.expect(220);
            ftp.startTls();
            ftp.logIn();
        }
    }

    @Test
    void dataConnectionsHaveHeadersToo() throws Exception {
        FtpsGateway gateway = startBehindBalancer();
        for (boolean tls : new boolean[] {false, true}) {
            try (FtpConnection ftp = connect(gateway, V1)) {
                ftp.expect(220);
                if (tls) {
                    ftp.startTls();
                }
                ftp.logIn();
                if (tls) {
                    ftp.command("PBSZ 0", 200);
                    ftp.command("PROT P", 200);
                }
                for (byte[] header : List.of(V1, V2)) {
                    Socket data = ftp.openData();
                    data.getOutputStream().write(header);
                    ftp.command("STOR /file", 150);
                    try (Socket channel = tls ? ftp.secure(data) : data) {
                        channel.getOutputStream().write(bytes("content"));
                    }
                    ftp.expect(226);
                    assertThat(ftp.command("SIZE /file", 213)).contains("213 7");
                }
                Socket together = ftp.openData();
                if (!tls) {
                    ByteArrayOutputStream all = new ByteArrayOutputStream();
                    all.writeBytes(V1);
                    all.writeBytes(bytes("content in the same packet"));
                    together.getOutputStream().write(all.toByteArray());
                    together.close();
                    ftp.command("STOR /file", 150);
                    ftp.expect(226);
                    assertThat(ftp.command("SIZE /file", 213)).contains("213 26");
                }
            }
        }
    }

    @Test
    void dataConnectionOfAnotherClientIsNeverUsed() throws Exception {
        FtpsGateway gateway = startBehindBalancer(settings -> settings.set("dataConnectionTimeout", "1s"));
        byte[] malformed = bytes("PROXY TCP4 nobody knows\r\n");
        byte[] local = v2(0x20, 0, new byte[0]);
        for (byte[] header : List.of(V1_OTHER, malformed, local, bytes("content"), new byte[0])) {
            try (FtpConnection ftp = connect(gateway, V1)) {
                ftp.expect(220);
                ftp.logIn();
                try (Socket data = ftp.openData()) {
                    data.getOutputStream().write(header);
                    ftp.command("STOR /file", 425);
                }
                ftp.command("SIZE /file", 550);
            }
        }
    }

    @Test
    void headersFromOtherAddressesAreNotAccepted() throws Exception {
        FtpsGateway gateway = startBehindBalancer();
        try (FtpConnection ftp = FtpConnection.over(
                FtpConnection.connect(gateway.port(), STRANGER),
                gateway.certificate().clientContext())) {
            ftp.expect(220);
            ftp.sendBytes(V1);
            ftp.expect(500);
            ftp.sendBytes(V2); // read as lines, of which one is QUIT
            ftp.expect(500);
            ftp.expect(500);
            ftp.expect(501);
            ftp.expect(221);
        }
        Socket socket = FtpConnection.connect(gateway.port(), STRANGER);
        try (FtpConnection ftp =
                FtpConnection.over(socket, gateway.certificate().clientContext())) {
            ftp.expect(220);
            ftp.logIn();
            assertThat(clientOf(gateway)).isEqualTo(InetAddress.ofLiteral(STRANGER));
        }
    }

    @Test
    void anInvalidHeaderEndsTheConnection() throws Exception {
        FtpsGateway gateway = startBehindBalancer();
        byte[] oversize = v2(0x21, 0x11, new byte[60_000]);
        for (byte[] first : List.of(
                bytes("USER alice\r\nPASS secret\r\n"),
                bytes("PROXY TCP4 1.2.3.4\r\n"),
                bytes("PROXY TCP4 1".repeat(5000)),
                oversize,
                v2(0x31, 0x11, new byte[12]))) {
            Socket socket = FtpConnection.connect(gateway.port(), BALANCER);
            try (FtpConnection ftp =
                    FtpConnection.over(socket, gateway.certificate().clientContext())) {
                try {
                    ftp.sendBytes(first);
                } catch (SocketException e) {
                    assertThat(e).isNotNull(); // closed while it was sent
                }
                assertThat(ftp.isEnded()).isTrue();
            }
        }
    }

    @Test
    void aLoadBalancersOwnConnectionHasItsOwnAddress() throws Exception {
        FtpsGateway gateway = startBehindBalancer();
        for (byte[] header : List.of(bytes("PROXY UNKNOWN\r\n"), v2(0x20, 0, new byte[0]))) {
            try (FtpConnection ftp = connect(gateway, header)) {
                ftp.expect(220);
                ftp.logIn();
                assertThat(clientOf(gateway)).isEqualTo(InetAddress.ofLiteral(BALANCER));
            }
            Patience.await(
                    "the session is over", () -> gateway.sessions().list().isEmpty());
        }
    }

    @Test
    void curlSendsHeadersOnAllItsConnections() throws Exception {
        FtpsGateway gateway = startBehindBalancer();
        Path trusted = gateway.certificate().writePem(folder().resolve("trusted.pem"));
        Path received = folder().resolve("received");
        for (String url : List.of(
                "ftp://127.0.0.1:" + gateway.port() + "/file",
                "ftps://127.0.0.1:" + gateway.implicitPort() + "/file")) {
            curl(trusted, "-T", trusted.toString(), url);
            curl(trusted, "-o", received.toString(), url);
            assertThat(received).hasSameBinaryContentAs(trusted);
        }
    }

    private static void curl(Path trusted, String... arguments) throws InterruptedException {
        List<String> all = new ArrayList<>(List.of("-sS", "--haproxy-protocol", "--ssl-reqd"));
        all.addAll(List.of("--cacert", trusted.toString(), "-u", FtpsGateway.USER + ":" + FtpsGateway.PASSWORD));
        all.addAll(List.of(arguments));
        Clients.command("curl", all.toArray(String[]::new)).run(Patience.LIMIT).assertSuccess();
    }

    @Test
    void headerMustComeInTime() throws Exception {
        FtpsGateway gateway = startBehindBalancer(settings -> settings.set("authenticationTimeout", "1s"));
        try (FtpConnection ftp = connect(gateway, bytes("PROXY "))) {
            assertThat(ftp.isEnded()).isTrue();
        }
    }

    @Test
    void pasvFailsForClientsWithIpv6() throws Exception {
        FtpsGateway gateway = startBehindBalancer();
        try (FtpConnection ftp = connect(gateway, V1_IPV6)) {
            ftp.expect(220);
            ftp.logIn();
            assertThat(ftp.command("PASV", 425)).contains("EPSV");
            ftp.command("EPSV 1", 522);
            ftp.command("EPSV 2", 229);
            Socket data = ftp.openData();
            data.getOutputStream().write(V1_IPV6);
            ftp.command("NLST", 150);
            ftp.expect(226);
            data.close();
        }
    }

    @Test
    void limitsApplyToClientsAndNotToTheirBalancer() throws Exception {
        FtpsGateway gateway = startBehindBalancer(settings -> settings.set("maxUnauthenticatedPerAddress", 1));
        try (FtpConnection first = connect(gateway, V1)) {
            // Before the next one: connections are accepted concurrently.
            first.expect(220);
            try (FtpConnection second = connect(gateway, V1);
                    FtpConnection other = connect(gateway, V1_OTHER)) {
                second.expect(421);
                other.expect(220);
            }
        }
    }
}
