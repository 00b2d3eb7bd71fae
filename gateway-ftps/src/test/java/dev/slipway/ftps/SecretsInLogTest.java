package dev.slipway.ftps;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.ThrowableProxyUtil;
import dev.slipway.testing.Patience;
import dev.slipway.testing.S3Store;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.Test;

/** Whatever a client sends, and in whatever way, no log contains a password, at any level. */
@S3Store
class SecretsInLogTest extends FtpsGatewayTest {
    private static final String SECRET = "hunter2";

    /** The secret where clients send it, where they send it by mistake, and where a parser could miss it. */
    private static final List<String> LINES = List.of(
            "PASS hunter2",
            "pass hunter2",
            "Pass  hunter2",
            " PASS hunter2",
            "\tPASS hunter2",
            "PASS\thunter2",
            "pass\thunter2",
            "PASS\u00a0hunter2",
            "PASShunter2",
            "PASS:hunter2",
            "PASS\u000bhunter2",
            "ACCT hunter2",
            "acct hunter2",
            " ACCT hunter2",
            "AUTH hunter2",
            "AUTH TLS hunter2",
            "AUTH GSSAPI hunter2",
            "ADAT hunter2",
            "adat hunter2",
            "ENC hunter2",
            "MIC hunter2",
            "CONF hunter2",
            "REIN hunter2",
            "NOOP hunter2",
            "QUOTE PASS hunter2",
            "XPAS hunter2",
            "HELP PASS hunter2",
            "SITE PSWD old hunter2",
            "site pswd hunter2 new",
            "SITE  PASS hunter2",
            "SITE\tPASS hunter2",
            "SITE PASS\thunter2",
            "SITE hunter2",
            "SITE GPASS hunter2",
            "SITE PUSH file --password hunter2",
            "SITE SITE PASS hunter2",
            "hunter2");

    @Test
    void noSecretIsLoggedAtAnyLevel() throws Exception {
        FtpsGateway gateway = startPlain();
        List<ILoggingEvent> events;
        try (StackLog log = new StackLog()) {
            try (FtpConnection ftp = FtpConnection.plain(gateway)) {
                for (String line : LINES) {
                    ftp.send(line);
                    assertThat(ftp.reply()).isNotEmpty();
                }
            }
            try (FtpConnection ftp = FtpConnection.secure(gateway)) {
                for (String line : LINES) {
                    ftp.send(line);
                    assertThat(ftp.reply()).isNotEmpty();
                    if (line.startsWith("REIN")) {
                        ftp.logIn();
                    }
                }
            }
            try (FtpConnection ftp = FtpConnection.plain(gateway)) {
                ftp.command("PASS hunter2" + " ".repeat(10_000), 500);
                ftp.command("PASS x".repeat(9_000) + "hunter2", 500);
                ftp.sendBytes("PASS hunter2\u00ff\r\n".getBytes(StandardCharsets.ISO_8859_1));
                ftp.expect(501);
                ftp.sendBytes("PASS hunter2\0\r\n".getBytes(StandardCharsets.ISO_8859_1));
                ftp.expect(501);
                ftp.sendBytes("PASS hunter2\rPASS hunter2\r\n".getBytes(StandardCharsets.ISO_8859_1));
                ftp.expect(501);
                // After a telnet command, and in an endless line.
                ftp.sendBytes("\u00ff\u00f4PASS hunter2\r\n".getBytes(StandardCharsets.ISO_8859_1));
                ftp.expect(503);
                ftp.sendBytes("PASS hunter2".getBytes(StandardCharsets.ISO_8859_1));
            }
            try (FtpConnection ftp = FtpConnection.plain(gateway)) {
                ftp.command("USER bob", 331);
                ftp.command("PASS hunter2", 530);
                ftp.command("AUTH TLS", 234);
                ftp.sendUnencrypted("PASS hunter2\r\n".getBytes(StandardCharsets.US_ASCII));
            }
            Patience.await("the sessions are over", () -> gateway.openConnections() == 0);
            events = log.events();
        }

        assertThat(events).anyMatch(event -> event.getFormattedMessage().endsWith("PASS ***"));
        assertThat(events.stream().map(SecretsInLogTest::text).filter(SecretsInLogTest::isGivenAway))
                .isEmpty();
    }

    private static String text(ILoggingEvent event) {
        String message = event.getLoggerName() + " " + event.getFormattedMessage();
        return event.getThrowableProxy() == null
                ? message
                : message + "\n" + ThrowableProxyUtil.asString(event.getThrowableProxy());
    }

    /** As text, or as the bytes that libraries print. */
    private static boolean isGivenAway(String text) {
        String lower = text.toLowerCase(Locale.ROOT);
        byte[] bytes = SECRET.getBytes(StandardCharsets.US_ASCII);
        return lower.contains(SECRET)
                || lower.contains(HexFormat.of().formatHex(bytes))
                || lower.contains(HexFormat.ofDelimiter(" ").formatHex(bytes));
    }

    @Test
    void theLogStillShowsFileOperations() throws Exception {
        FtpsGateway gateway = startPlain();
        try (StackLog log = new StackLog()) {
            try (FtpConnection ftp = FtpConnection.plainLogin(gateway)) {
                ftp.command("MKD /some dir", 257);
                ftp.command("SITE CPFR /absent", 550);
                ftp.command("FROB x", 500);
            }
            assertThat(log.events().stream().map(ILoggingEvent::getFormattedMessage))
                    .anyMatch(line -> line.endsWith(" USER alice"))
                    .anyMatch(line -> line.endsWith(" MKD /some dir"))
                    .anyMatch(line -> line.endsWith(" SITE CPFR /absent"))
                    .anyMatch(line -> line.endsWith(" ***"));
        }
    }
}
