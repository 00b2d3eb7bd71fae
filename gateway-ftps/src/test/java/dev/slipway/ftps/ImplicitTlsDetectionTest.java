package dev.slipway.ftps;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.slipway.core.setting.SettingsBuilder;
import dev.slipway.testing.ClientResult;
import dev.slipway.testing.Clients;
import dev.slipway.testing.Patience;
import dev.slipway.testing.S3Store;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** One port for clients that start with TLS, and for those that wait for the greeting. */
@S3Store
class ImplicitTlsDetectionTest extends FtpsGatewayTest {
    private static final Duration WINDOW = Duration.ofMillis(200);

    /** Longer than the window. */
    private static final int SILENCE_MILLIS = 500;

    private FtpsGateway startDetecting(UnaryOperator<SettingsBuilder<FtpsSettings>> change) throws Exception {
        return start(settings -> change.apply(detecting(settings)));
    }

    private static SettingsBuilder<FtpsSettings> detecting(SettingsBuilder<FtpsSettings> settings) {
        return settings.set("plain", true).set("detectImplicitTls", true).set("implicitTlsWindow", WINDOW);
    }

    private FtpsGateway startDetecting() throws Exception {
        return startDetecting(settings -> settings);
    }

    private ClientResult curl(FtpsGateway gateway, String scheme, String... options) throws Exception {
        Path trusted = gateway.certificate().writePem(folder().resolve("trusted.pem"));
        List<String> arguments = new ArrayList<>(List.of(options));
        arguments.addAll(List.of("-sS", "--cacert", trusted.toString()));
        arguments.addAll(List.of("-u", FtpsGateway.USER + ":" + FtpsGateway.PASSWORD));
        arguments.addAll(List.of("-T", trusted.toString(), scheme + "://127.0.0.1:" + gateway.port() + "/file"));
        return Clients.command("curl", arguments.toArray(String[]::new)).run(Patience.LIMIT);
    }

    @ParameterizedTest
    @ValueSource(strings = {"1.2", "1.3"})
    void curlUsesBothKindsAtTheSamePort(String version) throws Exception {
        FtpsGateway gateway = startDetecting();
        curl(gateway, "ftps", "--tlsv" + version, "--tls-max", version).assertSuccess();
        curl(gateway, "ftp", "--ssl-reqd", "--tlsv" + version, "--tls-max", version)
                .assertSuccess();
    }

    @Test
    void withoutDetectionThePortIsExplicitOnly() throws Exception {
        FtpsGateway gateway = start();
        curl(gateway, "ftps").assertFailure();
        curl(gateway, "ftp", "--ssl-reqd").assertSuccess();
    }

    @Test
    void clientThatWaitsIsGreeted() throws Exception {
        FtpsGateway gateway = startDetecting();
        try (FtpConnection ftp = FtpConnection.secure(gateway)) {
            ftp.store("/file", new byte[1000]);
        }
        try (FtpConnection ftp = FtpConnection.plainLogin(gateway)) {
            ftp.store("/file", new byte[1000]);
        }
    }

    /** Sends the first byte, the others one by one after the window, and later bytes normally. */
    private static final class SlowSocket extends Socket {
        SlowSocket(FtpsGateway gateway) throws IOException {
            super(gateway.address(), gateway.port());
        }

        @Override
        public OutputStream getOutputStream() throws IOException {
            return new FilterOutputStream(super.getOutputStream()) {
                private boolean begun;

                @Override
                public void write(byte[] bytes, int offset, int length) throws IOException {
                    for (int i = offset; i < offset + length; i++) {
                        out.write(bytes[i]);
                        if (!begun) {
                            begun = true;
                            expectSilence();
                        }
                    }
                }
            };
        }

        private void expectSilence() throws IOException {
            setSoTimeout(SILENCE_MILLIS);
            assertThatThrownBy(() -> getInputStream().read()).isInstanceOf(SocketTimeoutException.class);
            setSoTimeout(60_000);
        }
    }

    @Test
    void helloMayComeInPieces() throws Exception {
        FtpsGateway gateway = startDetecting();
        Socket slow = new SlowSocket(gateway);
        slow.setTcpNoDelay(true);
        try (FtpConnection ftp = FtpConnection.over(slow, gateway.certificate().clientContext())) {
            ftp.handshake();
            ftp.expect(220);
            ftp.logIn();
            // as on a port of implicit TLS, without PROT P
            assertThat(ftp.list("NLST")).isEmpty();
        }
    }

    @Test
    void plainClientsMaySendCommandsEarly() throws Exception {
        FtpsGateway gateway = startDetecting();
        Socket socket = FtpConnection.connect(gateway.port(), "127.0.0.1");
        socket.getOutputStream().write("USER alice\r\nPASS secret\r\nPW".getBytes(StandardCharsets.US_ASCII));
        try (FtpConnection ftp =
                FtpConnection.over(socket, gateway.certificate().clientContext())) {
            ftp.expect(220);
            ftp.expect(331);
            ftp.expect(230);
            ftp.command("D", 257);
        }
    }

    @Test
    void clientsThatDisconnectWithinTheWindowLeaveNothingBehind() throws Exception {
        FtpsGateway gateway = startDetecting(settings -> settings.set("maxUnauthenticatedPerAddress", 2));
        for (int i = 0; i < 10; i++) {
            FtpConnection.connect(gateway.port(), "127.0.0.1").close();
            Socket socket = FtpConnection.connect(gateway.port(), "127.0.0.1");
            socket.setSoLinger(true, 0);
            socket.close();
        }
        // Some of them may still wait to be accepted.
        Patience.await("a client is admitted again", () -> isAdmitted(gateway));
        Patience.await("all are gone", () -> gateway.openConnections() == 0);
    }

    private static boolean isAdmitted(FtpsGateway gateway) {
        try (FtpConnection ftp = FtpConnection.secure(gateway)) {
            ftp.command("NOOP", 200);
            return true;
        } catch (AssertionError | IOException e) {
            return false;
        }
    }

    @Test
    void loginTimeoutAppliesAfterASingleByte() throws Exception {
        FtpsGateway gateway = startDetecting(settings -> settings.set("authenticationTimeout", "1s"));
        try (Socket socket = FtpConnection.connect(gateway.port(), "127.0.0.1")) {
            socket.getOutputStream().write(22);
            Patience.await("it was ended", () -> gateway.openConnections() == 0);
        }
    }

    @Test
    void headerOfAProxyComesFirst() throws Exception {
        FtpsGateway gateway = startBehind("127.0.0.1", ImplicitTlsDetectionTest::detecting);
        for (boolean implicit : new boolean[] {true, false}) {
            Socket socket = FtpConnection.connect(gateway.port(), "127.0.0.1");
            socket.getOutputStream()
                    .write("PROXY TCP4 192.0.2.7 198.51.100.1 50000 21\r\n".getBytes(StandardCharsets.US_ASCII));
            try (FtpConnection ftp =
                    FtpConnection.over(socket, gateway.certificate().clientContext())) {
                if (implicit) {
                    ftp.handshake();
                }
                ftp.expect(220);
                ftp.logIn();
                assertThat(gateway.lastAuthentication()).isEqualTo(java.net.InetAddress.ofLiteral("192.0.2.7"));
            }
        }
    }
}
