package dev.slipway.ftps;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.spi.ILoggingEvent;
import dev.slipway.testing.Patience;
import dev.slipway.testing.S3Store;
import java.io.IOException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Clients that reset their connections, close them abruptly, or stall cause no warnings for operators. */
@S3Store
class ClientsThatLeaveTest extends FtpsGatewayTest {
    private static final byte[] CONTENT = new byte[3_000_000];

    private static void reset(Socket socket) throws IOException {
        socket.setSoLinger(true, 0);
        socket.close();
    }

    private static void leaveInEveryWay(FtpsGateway gateway) throws Exception {
        FtpConnection.connect(gateway.port(), "127.0.0.1").close();
        reset(FtpConnection.connect(gateway.port(), "127.0.0.1"));
        reset(FtpConnection.connect(gateway.implicitPort(), "127.0.0.1"));
        Socket halfHello = FtpConnection.connect(gateway.implicitPort(), "127.0.0.1");
        halfHello.getOutputStream().write(new byte[] {0x16, 3, 1, 0, 100, 1});
        reset(halfHello);
        Socket noTls = FtpConnection.connect(gateway.implicitPort(), "127.0.0.1");
        noTls.getOutputStream().write("USER alice\r\n".getBytes(StandardCharsets.US_ASCII));
        reset(noTls);
        try (FtpConnection ftp = FtpConnection.plain(gateway)) {
            ftp.command("AUTH TLS", 234);
            ftp.sendBytes(new byte[] {0x16, 3, 1, 0, 100, 1});
            ftp.reset();
        }
        // without close_notify
        FtpConnection.secure(gateway).close();
        FtpConnection.secure(gateway).reset();
        try (FtpConnection ftp = FtpConnection.secure(gateway)) {
            ftp.sendBytes("NOOP\r\n".repeat(500).getBytes(StandardCharsets.US_ASCII));
            ftp.reset();
        }
        try (FtpConnection ftp = FtpConnection.secure(gateway)) {
            ftp.store("/file", CONTENT);
            ftp.passivePort();
            ftp.reset();
        }
        // in the middle of a transfer: the data connection, and both
        try (FtpConnection ftp = FtpConnection.secure(gateway)) {
            Socket data = ftp.openData();
            ftp.command("STOR /upload", 150);
            ftp.secure(data).getOutputStream().write(CONTENT);
            reset(data);
            ftp.expect(426);
            Socket raw = ftp.openData();
            ftp.command("STOR /upload", 150);
            reset(raw);
            assertThat(ftp.reply()).startsWith("42");
            Socket download = ftp.openData();
            ftp.command("RETR /file", 150);
            assertThat(ftp.secure(download).getInputStream().read()).isZero();
            reset(download);
            ftp.expect(426);
            Socket both = ftp.openData();
            ftp.command("RETR /file", 150);
            assertThat(ftp.secure(both).getInputStream().read()).isZero();
            ftp.reset();
            reset(both);
        }
    }

    @Test
    void resetsAndMissingGoodbyesCauseNoWarnings() throws Exception {
        FtpsGateway gateway = startPlain();
        try (StackLog log = new StackLog()) {
            leaveInEveryWay(gateway);
            Patience.await(
                    "all is over",
                    () -> gateway.openConnections() == 0
                            && gateway.files().openUploads() == 0
                            && gateway.files().openDownloads() == 0);
            assertQuiet(log.events());
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void timeoutsCauseNoWarnings(boolean loggedIn) throws Exception {
        FtpsGateway gateway = start(settings -> settings.set("plain", true)
                .set("idleTimeout", "1s")
                .set("authenticationTimeout", "1s")
                .set("dataConnectionTimeout", "200ms"));
        try (StackLog log = new StackLog()) {
            try (FtpConnection ftp = loggedIn ? FtpConnection.plainLogin(gateway) : FtpConnection.plain(gateway)) {
                if (loggedIn) {
                    ftp.passivePort();
                    ftp.command("STOR /file", 425);
                    Socket data = ftp.openData();
                    ftp.command("STOR /file", 150);
                    ftp.expect(426); // the client sends nothing
                    data.close();
                }
                ftp.expect(421);
            }
            Patience.await("all is over", () -> gateway.openConnections() == 0);
            assertQuiet(log.events());
        }
    }

    /** At most one line for each, below WARN. The store's client is not part of this. */
    private static void assertQuiet(List<ILoggingEvent> events) {
        assertThat(events.stream()
                        .filter(event -> !event.getLoggerName().startsWith("software.amazon"))
                        .filter(event ->
                                event.getLevel().isGreaterOrEqual(Level.WARN) || event.getThrowableProxy() != null))
                .isEmpty();
    }
}
