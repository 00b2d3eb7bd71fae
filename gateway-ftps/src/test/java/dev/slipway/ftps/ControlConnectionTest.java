package dev.slipway.ftps;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.slipway.testing.Patience;
import dev.slipway.testing.S3Store;
import java.io.IOException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import javax.net.ssl.SSLHandshakeException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Commands, replies, login and TLS on the control connection. */
@S3Store
class ControlConnectionTest extends FtpsGatewayTest {

    // ---- TLS

    /**
     * CVE-2011-0411 and similar attacks: what a man in the middle appends to the client's AUTH must not run as the
     * client.
     */
    @ParameterizedTest
    @ValueSource(strings = {"USER injected\r\n", "USER injected\r\nUSER again\r\nUSER in", "USER "})
    void nothingInjectedBehindAuthIsEverRun(String injected) throws Exception {
        FtpsGateway gateway = start();
        try (FtpConnection ftp = FtpConnection.plain(gateway)) {
            ftp.sendBytes(("AUTH TLS\r\n" + injected).getBytes(StandardCharsets.US_ASCII));
            ftp.expect(234);
            ftp.handshake();
            ftp.command("PASS secret", 503); // no USER was sent
            ftp.logIn();
        }
    }

    @Test
    void tlsIsRequiredBeforeTheLogin() throws Exception {
        FtpsGateway gateway = start();
        try (FtpConnection ftp = FtpConnection.plain(gateway)) {
            assertThat(ftp.command("USER alice", 530)).contains("TLS");
            ftp.command("PASS secret", 530);
            ftp.command("LIST", 530);
            ftp.command("PROT P", 503);
            ftp.command("PBSZ 0", 503);
            ftp.command("AUTH GSSAPI", 504);
            ftp.startTls();
            ftp.logIn();
            ftp.command("AUTH TLS", 503);
            assertThat(ftp.command("CCC", 534)).contains("encrypted");
        }
    }

    @Test
    void aConnectionThatNeverLogsInEndsAfterAHundredCommands() throws Exception {
        try (FtpConnection ftp = FtpConnection.plain(start())) {
            for (int i = 0; i < 100; i++) {
                ftp.command("FEAT", 211);
            }
            ftp.command("FEAT", 421);
            assertThatThrownBy(() -> ftp.command("FEAT", 211)).isInstanceOf(IOException.class);
        }
    }

    @Test
    void commandsAfterTheLoginAreNotCounted() throws Exception {
        try (FtpConnection ftp = FtpConnection.plainLogin(startPlain())) {
            for (int i = 0; i < 200; i++) {
                ftp.command("NOOP", 200);
            }
        }
    }

    @Test
    void loginBeforeTlsDoesNotOutliveIt() throws Exception {
        FtpsGateway gateway = startPlain();
        try (FtpConnection ftp = FtpConnection.plainLogin(gateway)) {
            ftp.startTls();
            ftp.command("PWD", 530);
        }
    }

    @Test
    void dataConnectionsMustBeProtected() throws Exception {
        FtpsGateway gateway = start();
        try (FtpConnection ftp = FtpConnection.plain(gateway)) {
            ftp.startTls();
            ftp.logIn();
            ftp.passivePort();
            assertThat(ftp.command("STOR /file", 521)).contains("PROT P");
            ftp.command("PROT P", 503);
            ftp.command("PBSZ 0", 200);
            ftp.command("PROT C", 534);
            ftp.command("PROT S", 536);
            ftp.command("PROT X", 504);
            ftp.passivePort();
            ftp.command("LIST", 521);
            ftp.command("PROT P", 200);
            assertThat(ftp.list("LIST")).isEmpty();
        }
    }

    @Test
    void newSessionsHaveTheChangedCertificate() throws Exception {
        FtpsGateway gateway = start();
        try (FtpConnection before = FtpConnection.plain(gateway)) {
            gateway.changeCertificate();
            before.startTls();
            before.logIn();
            before.command("PBSZ 0", 200);
            before.command("PROT P", 200);
            assertThat(before.list("LIST")).isEmpty();
            try (FtpConnection after = FtpConnection.secure(gateway)) {
                assertThat(after.list("LIST")).isEmpty();
            }
        }
    }

    @Test
    void plainTextOnTheImplicitPortEndsTheSession() throws Exception {
        FtpsGateway gateway = start();
        try (Socket socket = FtpConnection.connect(gateway.implicitPort(), "127.0.0.1")) {
            socket.getOutputStream().write("USER alice\r\n".getBytes(StandardCharsets.US_ASCII));
            assertThat(new String(socket.getInputStream().readAllBytes(), StandardCharsets.ISO_8859_1))
                    .doesNotContain("331");
        }
    }

    @Test
    void untrustedCertificateIsNotLoggedAsAnError() throws Exception {
        FtpsGateway gateway = start();
        FtpConnection ftp = FtpConnection.plain(gateway);
        gateway.changeCertificate();
        try (ftp) {
            // the client trusts the old certificate, a new session has the new one
            try (FtpConnection other = FtpConnection.plain(gateway)) {
                other.startTls();
            }
            ftp.startTls();
        }
        try (FtpConnection stranger =
                FtpConnection.plain(gateway, TestCertificate.create().clientContext())) {
            stranger.command("AUTH TLS", 234);
            assertThatThrownBy(stranger::handshake).isInstanceOf(SSLHandshakeException.class);
        }
        try (FtpConnection again = FtpConnection.secure(gateway)) {
            again.command("NOOP", 200);
        }
    }

    // ---- lines

    @Test
    void longPathsWork() throws Exception {
        FtpsGateway gateway = startPlain();
        try (FtpConnection ftp = FtpConnection.plainLogin(gateway)) {
            String path = "/" + ("ü".repeat(100) + "/").repeat(20); // 4000 bytes of segments
            assertThat(path.getBytes(StandardCharsets.UTF_8)).hasSizeGreaterThan(4000);
            assertThat(ftp.command("CWD " + path, 553)).contains("S3"); // the line arrived; S3 allows no such key
            String name = "ü".repeat(120);
            ftp.store("/" + name, new byte[] {1});
            ftp.command("SIZE /" + name, 213);
        }
    }

    @Test
    void lineThatIsTooLongIsRefusedAndTheSessionLives() throws Exception {
        FtpsGateway gateway = startPlain();
        try (FtpConnection ftp = FtpConnection.plainLogin(gateway)) {
            ftp.command("CWD /" + "x".repeat(8187), 553);
            assertThat(ftp.command("CWD /" + "x".repeat(8188), 500)).contains("8192");
            ftp.command("CWD /" + "x".repeat(1_000_000), 500);
            ftp.command("NOOP", 200);
        }
    }

    @Test
    void malformedNamesAreRefused() throws Exception {
        FtpsGateway gateway = startPlain();
        try (FtpConnection ftp = FtpConnection.plainLogin(gateway)) {
            for (String hex : List.of("C3", "C328", "E28228", "FF", "EDA080", "F8888080", "00", "0D")) {
                ftp.sendBytes("MKD /a".getBytes(StandardCharsets.US_ASCII));
                ftp.sendBytes(HexFormat.of().parseHex(hex));
                ftp.sendBytes("b\r\n".getBytes(StandardCharsets.US_ASCII));
                ftp.expect(501);
            }
            assertThat(ftp.list("NLST")).isEmpty();
        }
    }

    @Test
    void namesAreUsedAsSent() throws Exception {
        FtpsGateway gateway = startPlain();
        try (FtpConnection ftp = FtpConnection.plainLogin(gateway)) {
            for (String name : List.of(" leading", "trailing ", "two  spaces", "quo\"te", "e\u0301", "\u00e9", "-l")) {
                ftp.command("MKD ./" + name, 257);
                assertThat(ftp.list("NLST").lines()).contains(name);
                ftp.command("CWD ./" + name, 250);
                assertThat(ftp.command("PWD", 257)).startsWith("257 \"/" + name.replace("\"", "\"\"") + "\" ");
                ftp.command("CDUP", 250);
                ftp.command("RMD ./" + name, 250);
            }
        }
    }

    @Test
    void commandsMayComeInPieces() throws Exception {
        FtpsGateway gateway = startPlain();
        try (FtpConnection ftp = FtpConnection.plain(gateway)) {
            for (byte each : "USER alice\r\nPASS secret\nPWD\r\n".getBytes(StandardCharsets.US_ASCII)) {
                ftp.sendBytes(new byte[] {each});
            }
            ftp.expect(331);
            ftp.expect(230);
            ftp.expect(257);
        }
    }

    @Test
    void repliesKeepTheOrderOfPipelinedCommands() throws Exception {
        FtpsGateway gateway = startPlain();
        try (FtpConnection ftp = FtpConnection.plainLogin(gateway)) {
            StringBuilder lines = new StringBuilder();
            for (int i = 0; i < 500; i++) {
                lines.append("REST ").append(i).append("\r\n");
            }
            ftp.sendBytes(lines.toString().getBytes(StandardCharsets.US_ASCII));
            for (int i = 0; i < 500; i++) {
                assertThat(ftp.expect(350)).contains(" " + i + ".");
            }
        }
    }

    @Test
    void clientThatFloodsIsDisconnected() throws Exception {
        FtpsGateway gateway = startPlain();
        try (FtpConnection ftp = FtpConnection.plainLogin(gateway)) {
            ftp.passivePort();
            ftp.send("STOR /file"); // waits for its data connection
            byte[] commands = "NOOP\r\n".repeat(10_000).getBytes(StandardCharsets.US_ASCII);
            boolean cut = false;
            for (int i = 0; i < 50 && !cut; i++) {
                try {
                    ftp.sendBytes(commands);
                } catch (IOException e) {
                    cut = true;
                }
            }
            assertThat(cut || ftp.isEnded()).isTrue();
        }
        Patience.await("the upload is over", () -> gateway.files().openUploads() == 0);
    }

    // ---- codes

    @Test
    void commandsReplyWithTheirCodes() throws Exception {
        String codes = """
                FROB             | 500
                AVBL             | 213
                AVBL /           | 213
                AVBL /absent     | 550
                SMNT /           | 502
                CWD              | 501
                STOR             | 501
                SIZE /           | 550
                SIZE /absent     | 550
                MDTM /absent     | 550
                MFMT 2020 /x     | 501
                MFMT 20201332000000 /x | 501
                RNTO /x          | 503
                RNFR /absent     | 550
                DELE /absent     | 550
                RMD /absent      | 550
                CWD /absent      | 550
                MLST /absent     | 550
                MKD /absent/dir  | 550
                TYPE E           | 504
                TYPE I           | 200
                TYPE A N         | 200
                MODE B           | 504
                MODE Q           | 501
                MODE S           | 200
                STRU R           | 504
                STRU F           | 200
                OPTS UTF8 ON     | 200
                OPTS UTF8 OFF    | 504
                OPTS MLST size;  | 200
                OPTS FROB        | 501
                SITE CHMOD 644 x | 200
                SITE CHMOD x     | 501
                SITE HELP        | 214
                SITE EXEC rm     | 504
                HELP             | 214
                HELP stor        | 214
                HELP FROB        | 502
                FEAT             | 211
                STAT             | 211
                SYST             | 215
                NOOP             | 200
                CLNT test        | 200
                ACCT x           | 202
                ABOR             | 226
                PWD              | 257
                XPWD             | 257
                XCUP             | 250
                XCWD /           | 250
                XMKD /x          | 257
                XRMD /absent     | 550
                MKD /y           | 257
                RNTO             | 501
                ALLO 100         | 200
                ALLO x           | 501
                REST 5           | 350
                REST x           | 501
                PASV             | 227
                EPSV             | 229
                EPSV ALL         | 200
                REIN             | 220
                STAT /           | 213
                MLST             | 250
                MDTM /           | 213
                OPTS MLST        | 200
                AUTH SRP         | 504
                PBSZ 0           | 503
                PROT P           | 503
                CCC              | 534
                APPE             | 501
                STOU x           | 425
                NLST             | 425
                MLSD             | 425
                EPRT |1|127.0.0.1|51201| | 502
                HOST example.org | 503
                LIST             | 425
                RETR /x          | 425
                PORT 127,0,0,1,200,1 | 502
                EPSV 9           | 522
                """;
        FtpsGateway gateway = startPlain();
        for (String line : codes.lines().toList()) {
            int bar = line.lastIndexOf('|');
            try (FtpConnection ftp = FtpConnection.plainLogin(gateway)) {
                ftp.command(
                        line.substring(0, bar).strip(),
                        Integer.parseInt(line.substring(bar + 1).strip()));
                if (!line.startsWith("REIN")) {
                    ftp.command("PWD", 257);
                }
                ftp.command("NOOP", 200);
            }
        }
    }

    @Test
    void everyCommandIsListedInTheHelp() throws Exception {
        FtpsGateway gateway = start();
        try (FtpConnection ftp = FtpConnection.plain(gateway)) {
            assertThat(ftp.command("HELP", 214).split("\\s+")).contains("""
                    USER PASS ACCT QUIT REIN SYST FEAT OPTS NOOP STAT HELP CLNT PWD CWD CDUP MKD RMD DELE RNFR RNTO \
                    SIZE MDTM MFMT LIST NLST MLSD MLST STOR STOU APPE RETR REST ABOR ALLO TYPE MODE STRU PASV EPSV \
                    PORT EPRT AUTH PBSZ PROT CCC HOST AVBL SITE XCUP XCWD XMKD XPWD XRMD""".split(" "));
        }
    }

    @Test
    void hostIsChosenBeforeTheLogin() throws Exception {
        FtpsGateway gateway = startPlain();
        try (FtpConnection ftp = FtpConnection.plain(gateway)) {
            ftp.command("HOST ftp.example.com", 220);
            ftp.command("HOST [::1]", 220);
            ftp.command("HOST", 501);
            ftp.command("USER alice", 331);
            ftp.command("HOST ftp.example.com", 503);
            ftp.command("PASS secret", 230);
            ftp.command("HOST ftp.example.com", 503);
        }
    }

    @Test
    void reinResetsTheSession() throws Exception {
        FtpsGateway gateway = start();
        try (FtpConnection ftp = FtpConnection.secure(gateway)) {
            ftp.command("MKD /dir", 257);
            ftp.command("CWD /dir", 250);
            ftp.command("EPSV ALL", 200);
            ftp.command("OPTS MLST size;", 200);
            ftp.command("RNFR /dir", 350);
            ftp.command("REIN", 220);
            ftp.command("PWD", 530);
            ftp.logIn(); // TLS is still active
            assertThat(ftp.command("PWD", 257)).contains("\"/\"");
            ftp.command("RNTO /other", 503);
            ftp.command("PASV", 227);
            assertThat(ftp.command("FEAT", 211)).contains("type*;size*;modify*;perm*;");
            assertThat(ftp.list("NLST")).isEqualTo("dir\r\n");
        }
    }

    @Test
    void featuresAreListedBeforeTheLogin() throws Exception {
        FtpsGateway gateway = start();
        try (FtpConnection ftp = FtpConnection.plain(gateway)) {
            assertThat(ftp.command("FEAT", 211)).isEqualTo("""
                            211-Features:
                             AUTH TLS
                             AVBL
                             EPSV
                             HASH CRC32;MD5;SHA-1;SHA-256*;SHA-512
                             HOST
                             MDTM
                             MFMT
                             MLST type*;size*;modify*;perm*;UNIX.mode*;
                             PBSZ
                             PROT
                             RANG STREAM
                             REST STREAM
                             SIZE
                             TVFS
                             UTF8
                            211 End
                            """);
        }
    }

    @Test
    void renameMovesAndReplaces() throws Exception {
        FtpsGateway gateway = startPlain();
        try (FtpConnection ftp = FtpConnection.plainLogin(gateway)) {
            ftp.store("/new", new byte[2]);
            ftp.store("/old", new byte[1]);
            ftp.command("RNFR /new", 350);
            ftp.command("RNTO /old", 250);
            assertThat(ftp.command("SIZE /old", 213)).startsWith("213 2");
            ftp.command("SIZE /new", 550);
            ftp.command("RNTO /again", 503);
        }
    }

    // ---- login and limits

    @Test
    void repeatedWrongPasswordsEndTheSession() throws Exception {
        FtpsGateway gateway = startPlain();
        try (FtpConnection ftp = FtpConnection.plain(gateway)) {
            for (String user : List.of("alice", "nobody")) {
                ftp.command("USER " + user, 331);
                ftp.command("PASS wrong", 530);
                ftp.command("PASS secret", 503);
                ftp.command("PWD", 530);
            }
            ftp.command("USER anonymous", 331);
            ftp.command("PASS me@example.org", 421);
            assertThat(ftp.isEnded()).isTrue();
        }
    }

    @Test
    void newUserEndsTheOldLogin() throws Exception {
        FtpsGateway gateway = startPlain();
        try (FtpConnection ftp = FtpConnection.plainLogin(gateway)) {
            ftp.command("USER nobody", 331);
            ftp.command("PWD", 530);
            ftp.logIn();
            ftp.command("REIN", 220);
            ftp.command("PWD", 530);
        }
    }

    @Test
    void loginsDoNotWaitForTransfers() throws Exception {
        FtpsGateway gateway = startPlain();
        List<AutoCloseable> busy = new ArrayList<>();
        try {
            for (int i = 0; i < 10; i++) {
                FtpConnection ftp = FtpConnection.plainLogin(gateway);
                busy.add(ftp);
                Socket data = ftp.openData();
                busy.add(data);
                ftp.command("STOR /file" + i, 150);
                data.getOutputStream().write(1);
            }
            for (int i = 0; i < 30; i++) { // PASV and no connection
                FtpConnection ftp = FtpConnection.plainLogin(gateway);
                busy.add(ftp);
                ftp.passivePort();
                ftp.send("LIST");
            }
            try (FtpConnection ftp = FtpConnection.plainLogin(gateway)) {
                assertThat(ftp.list("LIST")).isEmpty();
            }
        } finally {
            for (AutoCloseable each : busy) {
                each.close();
            }
        }
        Patience.await("all uploads are over", () -> gateway.files().openUploads() == 0);
    }

    @Test
    void sessionsAreLimitedAtTheirLogin() throws Exception {
        FtpsGateway gateway = start(
                settings -> settings.set("plain", true).set("maxSessions", 2).set("maxUnauthenticatedConnections", 3));
        // Unauthenticated connections take no place of a session.
        try (FtpConnection lingering = FtpConnection.plain(gateway);
                FtpConnection other = FtpConnection.plain(gateway);
                FtpConnection first = FtpConnection.plainLogin(gateway);
                FtpConnection second = FtpConnection.plainLogin(gateway)) {
            lingering.command("USER alice", 331);
            assertThat(lingering.command("PASS secret", 421)).contains("Too many sessions");
            assertThat(lingering.isEnded()).isTrue();
            first.command("QUIT", 221);
            assertThat(first.isEnded()).isTrue();
            second.command("NOOP", 200);
            other.command("NOOP", 200);
        }
        Patience.await("a place is free", () -> {
            try (FtpConnection again = FtpConnection.plainLogin(gateway)) {
                again.command("NOOP", 200);
                return true;
            } catch (IOException | AssertionError e) {
                return false;
            }
        });
    }

    @Test
    void sessionsOfAnAccountAreLimited() throws Exception {
        FtpsGateway gateway = startPlain();
        gateway.changeAccount(Set.of(), 1);
        try (FtpConnection first = FtpConnection.plainLogin(gateway)) {
            try (FtpConnection second = FtpConnection.plain(gateway)) {
                second.command("USER alice", 331);
                assertThat(second.command("PASS secret", 421)).contains("Too many sessions");
                assertThat(second.isEnded()).isTrue();
            }
            first.command("REIN", 220);
            first.logIn();
            assertThat(gateway.sessions().list()).hasSize(1);
        }
        Patience.await("the session is over", () -> gateway.sessions().list().isEmpty());
        try (FtpConnection again = FtpConnection.plainLogin(gateway)) {
            again.command("QUIT", 221);
            assertThat(again.isEnded()).isTrue();
        }
        Patience.await("the session is over", () -> gateway.sessions().list().isEmpty());
    }

    @Test
    void connectionsThatAreNotLoggedInAreLimited() throws Exception {
        FtpsGateway gateway = start(settings -> settings.set("plain", true).set("maxUnauthenticatedPerAddress", 2));
        try (FtpConnection first = FtpConnection.plain(gateway);
                FtpConnection second = FtpConnection.plain(gateway)) {
            try (Socket third = FtpConnection.connect(gateway.port(), "127.0.0.1")) {
                assertThat(new String(third.getInputStream().readAllBytes(), StandardCharsets.UTF_8))
                        .startsWith("421 ");
            }
            try (Socket elsewhere = FtpConnection.connect(gateway.port(), "127.0.0.2")) {
                assertThat(new String(elsewhere.getInputStream().readNBytes(4), StandardCharsets.UTF_8))
                        .isEqualTo("220 ");
            }
            first.logIn();
            try (FtpConnection third = FtpConnection.plain(gateway)) {
                third.command("NOOP", 200);
                first.command("REIN", 220); // counts again, and exceeds the limit
                assertThat(first.expect(421)).contains("unauthenticated");
                assertThat(first.isEnded()).isTrue();
                second.command("QUIT", 221);
                assertThat(second.isEnded()).isTrue();
            }
        }
        Patience.await("nothing is counted any more", () -> {
            try (FtpConnection first = FtpConnection.plain(gateway);
                    FtpConnection second = FtpConnection.plain(gateway)) {
                first.command("NOOP", 200);
                second.command("NOOP", 200);
                return true;
            } catch (IOException | AssertionError e) {
                return false;
            }
        });
    }

    /** Neither commands without a login nor an endless TLS handshake keep a connection open. */
    @Test
    void loginMustComeInTime() throws Exception {
        FtpsGateway gateway = start(settings -> settings.set("plain", true).set("authenticationTimeout", "1s"));
        try (FtpConnection busy = FtpConnection.plain(gateway);
                FtpConnection again = FtpConnection.plainLogin(gateway);
                FtpConnection good = FtpConnection.plainLogin(gateway);
                Socket implicit = FtpConnection.connect(gateway.implicitPort(), "127.0.0.1")) {
            again.command("REIN", 220);
            String reply;
            do {
                busy.send("NOOP");
                reply = busy.reply();
            } while (reply.startsWith("200"));
            assertThat(reply).startsWith("421 ");
            assertThat(busy.isEnded()).isTrue();
            again.expect(421);
            assertThat(again.isEnded()).isTrue();
            assertThat(implicit.getInputStream().readAllBytes()).hasSizeLessThan(100); // an alert at most
            good.command("NOOP", 200);
        }
    }

    /** Some clients do not reconnect after a TLS handshake that failed, although they do after a 421. */
    @Test
    void aClientThatHasJustConnectedLogsInWhileTheServerDrains() throws Exception {
        FtpsGateway gateway = start();
        try (FtpConnection idle = FtpConnection.secure(gateway);
                FtpConnection arriving = FtpConnection.plain(gateway);
                ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor()) {
            arriving.command("AUTH TLS", 234);
            Future<Boolean> drained = executor.submit(() -> gateway.drain(Patience.LIMIT));
            idle.expect(421);

            arriving.handshake();
            arriving.logIn();
            arriving.expect(421);

            assertThat(arriving.isEnded()).isTrue();
            assertThat(drained.get()).isTrue();
        }
    }

    @Test
    void aClientThatDoesNotLogInWhileTheServerDrainsIsDisconnected() throws Exception {
        FtpsGateway gateway = start();
        try (FtpConnection silent = FtpConnection.plain(gateway)) {
            assertThat(gateway.drain(Patience.LIMIT)).isTrue();

            silent.expect(421);
            assertThat(silent.isEnded()).isTrue();
        }
    }

    @Test
    void idleSessionsEnd() throws Exception {
        FtpsGateway gateway = start(settings -> settings.set("plain", true).set("idleTimeout", "1s"));
        try (FtpConnection ftp = FtpConnection.plainLogin(gateway)) {
            ftp.expect(421);
            assertThat(ftp.isEnded()).isTrue();
        }
        try (FtpConnection ftp = FtpConnection.secure(gateway)) {
            ftp.expect(421);
            assertThat(ftp.isEnded()).isTrue();
        }
    }

    @Test
    void implicitSessionsWhoseTlsNeverStartsEnd() throws Exception {
        FtpsGateway gateway = start(settings -> settings.set("idleTimeout", "1s"));
        try (Socket socket = FtpConnection.connect(gateway.implicitPort(), "127.0.0.1")) {
            assertThat(socket.getInputStream().readAllBytes()).hasSizeLessThan(100); // an alert at most
        }
    }
}
