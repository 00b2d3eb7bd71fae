package dev.slipway.ftps;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.slipway.core.net.PortRange;
import dev.slipway.core.setting.SettingsBuilder;
import dev.slipway.testing.Clients;
import dev.slipway.testing.Patience;
import dev.slipway.testing.S3Store;
import java.io.IOException;
import java.net.BindException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.UnaryOperator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** How data connections are opened, and who may open them. */
@S3Store
class DataConnectionTest extends FtpsGatewayTest {
    private static final Duration SHORT = Duration.ofMillis(300);

    private static int unusedPort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }

    @Test
    void passiveModeWithoutAConnectionEndsInTime() throws Exception {
        FtpsGateway server = start(settings -> settings.set("plain", true).set("dataConnectionTimeout", SHORT));
        try (FtpConnection ftp = FtpConnection.plainLogin(server)) {
            int port = ftp.passivePort();
            assertThat(ftp.command("STOR /file", 425)).contains("firewall");
            assertThat(server.files().openUploads()).isZero();
            assertThatThrownBy(() -> FtpConnection.connect(port, "127.0.0.1")).isInstanceOf(ConnectException.class);
            ftp.store("/file", new byte[] {1});
        }
    }

    @Test
    void connectionFromAnotherAddressIsNeverUsed() throws Exception {
        FtpsGateway server = startPlain();
        try (FtpConnection ftp = FtpConnection.plainLogin(server)) {
            ftp.store("/secret", "secret".getBytes(StandardCharsets.US_ASCII));
            int port = ftp.passivePort();
            ftp.send("RETR /secret");
            try (Socket thief = FtpConnection.connect(port, "127.0.0.2")) {
                assertThat(readUntilEnd(thief)).isEmpty();
            }
            try (Socket data = FtpConnection.connect(port, "127.0.0.1")) {
                ftp.expect(150);
                assertThat(data.getInputStream().readAllBytes()).asString().isEqualTo("secret");
            }
            ftp.expect(226);
        }
    }

    @Test
    void aConnectionOfAStrangerAloneIsNotUsed() throws Exception {
        FtpsGateway server = start(settings -> settings.set("plain", true).set("dataConnectionTimeout", "1s"));
        try (FtpConnection ftp = FtpConnection.plainLogin(server)) {
            int port = ftp.passivePort();
            ftp.send("STOR /file");
            try (Socket thief = FtpConnection.connect(port, "127.0.0.2")) {
                thief.getOutputStream().write("stolen".getBytes(StandardCharsets.US_ASCII));
                assertThat(ftp.expect(425)).contains("an address other");
            }
            ftp.command("SIZE /file", 550);
        }
    }

    private static byte[] readUntilEnd(Socket socket) {
        try {
            return socket.getInputStream().readAllBytes();
        } catch (IOException e) {
            return new byte[0];
        }
    }

    @Test
    void passivePortsComeFromTheRangeAndAreReused() throws Exception {
        int free = unusedPort();
        FtpsGateway server =
                start(settings -> settings.set("plain", true).set("passivePorts", new PortRange(free, free)));
        try (FtpConnection first = FtpConnection.secure(server);
                FtpConnection second = FtpConnection.secure(server)) {
            Socket data = first.openData();
            first.command("STOR /first", 150); // is connected, and needs the port no longer
            for (int i = 0; i < 20; i++) {
                second.store("/second", new byte[] {1});
            }
            try (SSLSocket tls = first.secure(data)) {
                tls.getOutputStream().write(1);
            }
            first.expect(226);
            assertThat(first.passivePort()).isEqualTo(free);
            second.send("EPSV"); // the only port is waiting for the first client
            first.command("NOOP", 200);
            first.command("QUIT", 221);
            second.expect(229);
        }
    }

    /** The ports of a range that accept connections although they were not announced. */
    private static List<Integer> listening(int first, int last) throws IOException {
        List<Integer> ports = new ArrayList<>();
        for (int port = first; port <= last; port++) {
            try (Socket socket = FtpConnection.connect(port, "127.0.0.1")) {
                ports.add(socket.getPort());
            } catch (ConnectException e) {
                // Nothing listens there.
            }
        }
        return ports;
    }

    @Test
    void aQuarterOfThePassivePortsIsKeptUntilTheServerIsClosed() throws Exception {
        int first = unusedPorts(8);
        FtpsGateway server =
                start(settings -> settings.set("plain", true).set("passivePorts", new PortRange(first, first + 7)));
        try (FtpConnection ftp = FtpConnection.plainLogin(server)) {
            for (int i = 0; i < 10; i++) {
                ftp.store("/file", new byte[] {1});
            }
            assertThat(listening(first, first + 7)).hasSize(2);
            // These connections do not count.
            ftp.store("/file", new byte[] {1});
        }

        server.close();

        assertThat(listening(first, first + 7)).isEmpty();
    }

    @Test
    void passivePortsComeInRandomOrder() throws Exception {
        int first = unusedPorts(40);
        FtpsGateway server =
                start(settings -> settings.set("plain", true).set("passivePorts", new PortRange(first, first + 39)));
        try (FtpConnection ftp = FtpConnection.plainLogin(server)) {
            List<Integer> ports = new ArrayList<>();
            for (int i = 0; i < 10; i++) {
                ports.add(ftp.passivePort());
                Socket data = FtpConnection.connect(ports.getLast(), "127.0.0.1");
                ftp.command("NLST", 150);
                ftp.expect(226);
                data.close();
            }
            assertThat(ports).isNotEqualTo(ports.stream().sorted().toList()).allMatch(port -> port >= first);
        }
    }

    @Test
    void oneFreePortSufficesIfOtherProgramsUseTheRest() throws Exception {
        int first = unusedPorts(8);
        List<ServerSocket> others = new ArrayList<>();
        try {
            for (int i = 1; i < 8; i++) {
                others.add(new ServerSocket(first + i, 1, InetAddress.getLoopbackAddress()));
            }
            FtpsGateway server =
                    start(settings -> settings.set("plain", true).set("passivePorts", new PortRange(first, first + 7)));
            try (FtpConnection ftp = FtpConnection.plainLogin(server)) {
                for (int i = 0; i < 10; i++) {
                    ftp.store("/file", new byte[] {1});
                }
            }
        } finally {
            for (ServerSocket other : others) {
                other.close();
            }
        }
    }

    /** A host behind the same NAT, or an abandoned connection of the client itself. */
    @ParameterizedTest
    @ValueSource(ints = {1, 20})
    void connectionsThatPrecedeTheCommandAreNeverUsed(int count) throws Exception {
        int first = unusedPorts(4);
        FtpsGateway server =
                start(settings -> settings.set("plain", true).set("passivePorts", new PortRange(first, first + 3)));
        List<Socket> early = new ArrayList<>();
        try (FtpConnection ftp = FtpConnection.plainLogin(server)) {
            ftp.store("/secret", "secret".getBytes(StandardCharsets.US_ASCII));
            int kept = listening(first, first + 3).getFirst();
            for (int i = 0; i < count; i++) {
                early.add(connectSoon(kept));
            }
            int port = ftp.passivePort();
            try (Socket data = FtpConnection.connect(port, "127.0.0.1")) {
                ftp.command("RETR /secret", 150);
                assertThat(data.getInputStream().readAllBytes()).asString().isEqualTo("secret");
            }
            ftp.expect(226);
            for (Socket socket : early) {
                assertThat(readUntilEnd(socket)).isEmpty();
            }
        } finally {
            for (Socket socket : early) {
                socket.close();
            }
        }
    }

    /** Connected, or still waiting in the backlog. */
    private static Socket connectSoon(int port) throws IOException {
        Socket socket = new Socket();
        socket.setSoTimeout(100);
        try {
            socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 50);
        } catch (SocketTimeoutException e) {
            // The queue is full.
        }
        return socket;
    }

    /** The first of several consecutive free ports, outside of the range of ephemeral ports. */
    private static int unusedPorts(int count) throws IOException {
        for (int attempt = 0; attempt < 50; attempt++) {
            int first = ThreadLocalRandom.current().nextInt(10_000, 32_768 - count);
            if (areFree(first, count)) {
                return first;
            }
        }
        throw new IOException("no " + count + " ports in a row are free");
    }

    private static boolean areFree(int first, int count) throws IOException {
        for (int port = first; port < first + count; port++) {
            try {
                new ServerSocket(port, 1, InetAddress.getLoopbackAddress()).close();
            } catch (BindException e) {
                return false;
            }
        }
        return true;
    }

    /** Two gateways on a machine may have the same range. */
    @ParameterizedTest
    @ValueSource(ints = {1, 2, 4})
    void mostOfTheRangeIsLeftToOthers(int size) throws Exception {
        int first = unusedPorts(size);
        int last = first + size - 1;
        FtpsGateway one =
                start(settings -> settings.set("plain", true).set("passivePorts", new PortRange(first, last)));
        FtpsGateway other =
                start(settings -> settings.set("plain", true).set("passivePorts", new PortRange(first, last)));
        try (FtpConnection ftp = FtpConnection.plainLogin(one);
                FtpConnection second = FtpConnection.plainLogin(other)) {
            for (int i = 0; i < 8; i++) {
                ftp.store("/file", new byte[] {1});
                second.store("/file", new byte[] {2});
            }
        }
    }

    @Test
    void addressInPassiveRepliesIsTheOneThatTheClientUses() throws Exception {
        FtpsGateway server = startPlain();
        try (FtpConnection ftp = FtpConnection.plainLogin(server)) {
            assertThat(ftp.command("PASV", 227)).contains("(127,0,0,1,");
        }
    }

    @Test
    void addressInPassiveRepliesIsTheConfiguredOne() throws Exception {
        FtpsGateway server = start(settings -> settings.set("plain", true).set("externalAddress", "192.0.2.7"));
        try (FtpConnection ftp = FtpConnection.plainLogin(server)) {
            assertThat(ftp.command("PASV", 227)).contains("(192,0,2,7,");
        }
    }

    @Test
    void addressInPassiveRepliesMayBeAName() throws Exception {
        FtpsGateway server = start(settings -> settings.set("plain", true).set("externalAddress", "localhost"));
        try (FtpConnection ftp = FtpConnection.plainLogin(server)) {
            assertThat(ftp.command("PASV", 227)).contains("(127,0,0,1,");
        }
        FtpsGateway unknown =
                start(settings -> settings.set("plain", true).set("externalAddress", "no-such-host.invalid"));
        try (FtpConnection ftp = FtpConnection.plainLogin(unknown)) {
            assertThat(ftp.command("PASV", 425)).contains("EPSV");
            assertThat(ftp.list("LIST")).isEmpty();
        }
    }

    @Test
    void protectionIsThatInForceWhenThePortWasRequested() throws Exception {
        FtpsGateway server = start(settings -> settings.set("plain", true).set("requireDataProtection", false));
        try (FtpConnection ftp = FtpConnection.secure(server)) {
            ftp.passivePort();
            ftp.command("PROT C", 200);
            ftp.command("LIST", 425);
            int port = ftp.passivePort();
            ftp.command("PROT C", 200);
            try (Socket data = FtpConnection.connect(port, "127.0.0.1")) {
                ftp.command("LIST", 150);
                assertThat(data.getInputStream().readAllBytes()).isEmpty();
                ftp.expect(226);
            }
        }
    }

    @Test
    void tlsMayBeginBeforeTheCommand() throws Exception {
        FtpsGateway server = startPlain();
        try (FtpConnection ftp = FtpConnection.secure(server)) {
            Socket data = ftp.openData();
            try (SSLSocket tls = ftp.secure(data)) {
                ftp.command("STOR /file", 150);
                tls.getOutputStream().write(new byte[1000]);
            }
            ftp.expect(226);
            Socket again = ftp.openData();
            try (SSLSocket tls = ftp.secure(again)) {
                ftp.command("RETR /absent", 550);
                ftp.command("NOOP", 200);
                assertThat(read(tls)).isNegative();
            }
        }
    }

    private static int read(Socket socket) {
        try {
            return socket.getInputStream().read();
        } catch (IOException e) {
            return -1;
        }
    }

    // ---- IPv6

    private FtpsGateway startWithIpv6(UnaryOperator<SettingsBuilder<FtpsSettings>> change) throws Exception {
        return start(settings -> change.apply(settings.set("plain", true).set("bind", "::1")));
    }

    @Test
    void ipv6HasExtendedPassiveModeOnly() throws Exception {
        FtpsGateway server = startWithIpv6(settings -> settings.set("externalAddress", "192.0.2.7"));
        try (FtpConnection ftp = FtpConnection.secure(server)) {
            assertThat(ftp.command("PASV", 425)).contains("EPSV");
            assertThat(ftp.command("EPSV 1", 522)).contains("(2)");
            ftp.command("EPSV 2", 229);
            ftp.store("/file", new byte[1000]);
            assertThat(ftp.receive("RETR /file")).hasSize(1000);
            assertThat(ftp.list("NLST")).isEqualTo("file\r\n");
        }
    }

    @Test
    void ipv6HasExtendedActiveModeIfAllowed() throws Exception {
        FtpsGateway server = startWithIpv6(settings -> settings.set("active", true));
        try (FtpConnection ftp = FtpConnection.plainLogin(server);
                ServerSocket listener = new ServerSocket(0, 1, InetAddress.ofLiteral("::1"))) {
            int port = listener.getLocalPort();
            ftp.command("EPRT |1|::1|" + port + "|", 501);
            ftp.command("EPRT |2|127.0.0.1|" + port + "|", 501);
            ftp.command("EPRT |2|::2|" + port + "|", 504);
            ftp.command("EPRT |1|127.0.0.1|" + port + "|", 504);
            ftp.command("PORT 127,0,0,1," + (port >> 8) + "," + (port & 0xFF), 504);
            ftp.command("EPRT |2|::1|" + port + "|", 200);
            ftp.send("STOR /file");
            try (Socket data = listener.accept()) {
                data.getOutputStream().write(1);
            }
            ftp.expect(150);
            ftp.expect(226);
        }
    }

    @Test
    void curlWorksWithIpv6() throws Exception {
        FtpsGateway server = startWithIpv6(settings -> settings);
        Path trusted = server.certificate().writePem(folder().resolve("trusted.pem"));
        Path received = folder().resolve("received");
        for (String url : List.of("ftp://[::1]:" + server.port(), "ftps://[::1]:" + server.implicitPort())) {
            curl(trusted, "-T", trusted.toString(), url + "/file");
            curl(trusted, "-o", received.toString(), url + "/file");
            assertThat(received).hasSameBinaryContentAs(trusted);
        }
    }

    private static void curl(Path trusted, String... arguments) throws InterruptedException {
        List<String> all = new ArrayList<>(List.of("-sS", "--ssl-reqd", "--cacert", trusted.toString()));
        all.addAll(List.of("-u", FtpsGateway.USER + ":" + FtpsGateway.PASSWORD));
        all.addAll(List.of(arguments));
        Clients.command("curl", all.toArray(String[]::new)).run(Patience.LIMIT).assertSuccess();
    }

    @Test
    void afterEpsvAllOnlyExtendedPassiveModeIsAccepted() throws Exception {
        FtpsGateway server = start(settings -> settings.set("plain", true).set("active", true));
        try (FtpConnection ftp = FtpConnection.plainLogin(server)) {
            ftp.command("EPSV ALL", 200);
            ftp.command("PASV", 522);
            ftp.command("PORT 127,0,0,1,200,1", 502);
            ftp.command("EPSV 2", 522);
            ftp.command("EPSV 1", 229);
        }
    }

    @Test
    void activeModeIsOffUnlessAllowed() throws Exception {
        FtpsGateway server = startPlain();
        try (FtpConnection ftp = FtpConnection.plainLogin(server)) {
            ftp.command("PORT 127,0,0,1,200,1", 502);
            ftp.command("EPRT |1|127.0.0.1|51201|", 502);
            ftp.command("LIST", 425);
        }
    }

    @Test
    void activeModeConnectsToTheClientOnly() throws Exception {
        FtpsGateway server = start(settings -> settings.set("plain", true).set("active", true));
        try (FtpConnection ftp = FtpConnection.plainLogin(server);
                ServerSocket listener = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            int port = listener.getLocalPort();
            ftp.command("PORT 127,0,0,2," + (port >> 8) + "," + (port & 0xFF), 504);
            ftp.command("EPRT |1|127.0.0.2|" + port + "|", 504);
            ftp.command("PORT 127,0,0,1,0,22", 504);
            ftp.command("PORT 127,0,0,256,4,1", 501);
            ftp.command("EPRT |3|x|1|", 522);
            ftp.command("EPRT nonsense", 501);
            for (String command :
                    List.of("PORT 127,0,0,1," + (port >> 8) + "," + (port & 0xFF), "EPRT |1|127.0.0.1|" + port + "|")) {
                ftp.command(command, 200);
                ftp.send("STOR /file");
                try (Socket data = listener.accept()) {
                    data.getOutputStream().write(1);
                }
                ftp.expect(150);
                ftp.expect(226);
            }
        }
        try (FtpConnection ftp = FtpConnection.plainLogin(server)) {
            ftp.command("EPRT |1|127.0.0.1|" + unusedPort() + "|", 200);
            ftp.command("LIST", 425);
        }
    }

    @Test
    void stalledTransfersEnd() throws Exception {
        FtpsGateway server = start(settings -> settings.set("plain", true).set("idleTimeout", "1s"));
        try (FtpConnection ftp = FtpConnection.secure(server)) {
            Socket data = ftp.openData();
            ftp.command("STOR /file", 150);
            SSLSocket tls = ftp.secure(data);
            tls.getOutputStream().write(1);
            assertThat(ftp.expect(426)).contains("1 s");
            ftp.command("SIZE /file", 550);
        }
        Patience.await("the upload is over", () -> server.files().openUploads() == 0);
    }

    /** Clients do this to keep their control connections open; otherwise the transfer would hold its memory forever. */
    @Test
    void stalledTransfersEndHoweverBusyTheControlConnectionIs() throws Exception {
        FtpsGateway server = start(settings -> settings.set("plain", true).set("idleTimeout", "1s"));
        try (FtpConnection ftp = FtpConnection.secure(server)) {
            Socket data = ftp.openData();
            ftp.command("STOR /file", 150);
            ftp.secure(data).getOutputStream().write(1);
            String reply;
            do {
                ftp.send("STAT");
                reply = ftp.reply();
            } while (reply.startsWith("211") && reply.contains("in progress"));
            assertThat(reply).startsWith("426");
        }
        Patience.await("the upload is over", () -> server.files().openUploads() == 0);
    }

    @Test
    void dataConnectionWhoseTlsNeverStartsEnds() throws Exception {
        FtpsGateway server = start(settings -> settings.set("plain", true).set("idleTimeout", "1s"));
        try (FtpConnection ftp = FtpConnection.secure(server)) {
            Socket data = ftp.openData();
            ftp.command("STOR /file", 150);
            ftp.expect(426);
            data.close();
        }
        Patience.await("the upload is over", () -> server.files().openUploads() == 0);
    }

    @Test
    void unencryptedDataIsRefusedAfterProtP() throws Exception {
        FtpsGateway server = startPlain();
        try (FtpConnection ftp = FtpConnection.secure(server)) {
            try (Socket data = ftp.openData()) {
                ftp.command("STOR /file", 150);
                data.getOutputStream().write("not a client hello".getBytes(StandardCharsets.US_ASCII));
                assertThat(ftp.expect(425)).contains("TLS");
            }
            ftp.command("SIZE /file", 550);
        }
    }

    /**
     * A client that only writes never reads a TLS 1.3 session ticket. If a ticket were in its socket when it closes,
     * its kernel would reset the connection and drop the end of the file (RFC 1122 section 4.2.2.13).
     */
    @ParameterizedTest
    @ValueSource(strings = {"TLSv1.2", "TLSv1.3"})
    void nothingIsSentToAClientThatUploads(String protocol) throws Exception {
        FtpsGateway server = startPlain();
        try (FtpConnection ftp = FtpConnection.secure(server)) {
            Socket data = ftp.openData();
            ftp.command("STOR /file", 150);
            SSLSocket tls = ftp.secure(data, protocol);
            assertThat(tls.getSession().getProtocol()).isEqualTo(protocol);
            tls.getOutputStream().write(new byte[1000]);
            Patience.await("bytes arrived", () -> server.files().received() == 1000);
            assertThat(data.getInputStream().available()).isZero();
            tls.close();
            ftp.expect(226);
        }
    }

    /** The server must not close a socket that contains unread bytes: the reset would drop the end of the file. */
    @Test
    void downloadsOfSlowClientsAreComplete() throws Exception {
        FtpsGateway server = startPlain();
        byte[] content = new byte[3_000_000];
        try (FtpConnection ftp = FtpConnection.plainLogin(server)) {
            ftp.store("/file", content);
            Socket data = new Socket();
            data.setReceiveBufferSize(4096);
            Matcher matcher = Pattern.compile("\\|(\\d+)\\|").matcher(ftp.command("EPSV", 229));
            assertThat(matcher.find()).isTrue();
            data.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), Integer.parseInt(matcher.group(1))));
            data.getOutputStream().write("nobody reads this".getBytes(StandardCharsets.US_ASCII));
            ftp.command("RETR /file", 150);
            byte[] buffer = new byte[10_000];
            int total = 0;
            for (int count = data.getInputStream().read(buffer);
                    count >= 0;
                    count = data.getInputStream().read(buffer)) {
                total += count;
            }
            assertThat(total).isEqualTo(content.length);
            ftp.expect(226);
            data.close();
        }
    }
}
