package dev.slipway.ftps;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.slipway.core.Failure;
import dev.slipway.core.VfsException;
import dev.slipway.core.VirtualPath;
import dev.slipway.core.account.Account;
import dev.slipway.core.account.AccountOption;
import dev.slipway.core.vfs.FileDownload;
import dev.slipway.testing.Clients;
import dev.slipway.testing.Patience;
import dev.slipway.testing.RunningClient;
import java.io.IOException;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.locks.LockSupport;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** An upload becomes a file only if the client has confirmed that it is complete. */
abstract class UploadContract extends FtpsGatewayTest {
    private static final byte[] OLD = "the old content".getBytes(StandardCharsets.UTF_8);
    private static final byte[] HALF = new byte[400_000];

    private FtpsGateway gateway;

    @BeforeEach
    void startGateway() throws Exception {
        gateway = startPlain();
    }

    // ---- lost connections

    @ParameterizedTest
    @ValueSource(strings = {"TLSv1.2", "TLSv1.3"})
    void uploadThatEndsWithoutCloseNotifyIsDiscarded(String protocol) throws Exception {
        try (FtpConnection ftp = FtpConnection.secure(gateway)) {
            ftp.store("/file", OLD);
            Socket data = ftp.openData();
            ftp.command("STOR /file", 150);
            SSLSocket tls = ftp.secure(data, protocol);
            tls.getOutputStream().write(HALF);
            data.close(); // a FIN after a complete TLS record
            assertThat(ftp.expect(426)).contains("close_notify");
            assertThat(content("/file")).isEqualTo(OLD);
            ftp.store("/file", HALF);
            assertThat(content("/file")).isEqualTo(HALF);
        }
        assertNothingIsOpen();
    }

    /** A forged alert and a tampered record cannot end the file. */
    @ParameterizedTest
    @CsvSource({
        "TLSv1.2, 15030300020100",
        "TLSv1.3, 15030300020100",
        "TLSv1.2, 1703030020000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f",
        "TLSv1.3, 1703030020000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"
    })
    void uploadWithForgedRecordsIsDiscarded(String protocol, String forged) throws Exception {
        try (FtpConnection ftp = FtpConnection.secure(gateway)) {
            ftp.store("/file", OLD);
            Socket data = sendForged(ftp, protocol, forged);
            ftp.expect(426); // at once: the client neither sends nor closes
            data.close();
            assertThat(content("/file")).isEqualTo(OLD);
        }
        assertNothingIsOpen();
        gateway = start(settings -> settings.set("requireCloseNotify", false));
        try (FtpConnection ftp = FtpConnection.secure(gateway)) {
            Socket data = sendForged(ftp, protocol, forged);
            data.shutdownOutput(); // here, this is the end of the file
            ftp.expect(426);
            data.close();
            assertThat(content("/file")).isEqualTo(OLD);
        }
        assertNothingIsOpen();
    }

    private static Socket sendForged(FtpConnection ftp, String protocol, String forged) throws IOException {
        Socket data = ftp.openData();
        ftp.command("STOR /file", 150);
        ftp.secure(data, protocol).getOutputStream().write(HALF);
        data.getOutputStream().write(HexFormat.of().parseHex(forged));
        return data;
    }

    /** A handshake that begins with an oversized record. */
    @ParameterizedTest
    @ValueSource(strings = {"1603014001", "1603014900", "160301ffff"})
    void handshakeThatIsTooLargeFails(String header) throws Exception {
        try (FtpConnection ftp = FtpConnection.secure(gateway)) {
            Socket data = ftp.openData();
            data.getOutputStream().write(HexFormat.of().parseHex(header));
            data.getOutputStream().write(new byte[5000]);
            ftp.command("STOR /file", 150);
            data.shutdownOutput();
            ftp.expect(425);
            data.close();
            assertAbsent("/file");
            ftp.store("/file", HALF);
            assertThat(content("/file")).isEqualTo(HALF);
        }
        assertNothingIsOpen();
    }

    @Test
    void uploadThatIsResetIsDiscardedWithTls() throws Exception {
        try (FtpConnection ftp = FtpConnection.secure(gateway)) {
            Socket data = ftp.openData();
            ftp.command("STOR /file", 150);
            ftp.secure(data).getOutputStream().write(HALF);
            reset(data);
            ftp.expect(426);
            assertAbsent("/file");
        }
    }

    @Test
    void uploadThatIsResetIsDiscardedWithoutTls() throws Exception {
        try (FtpConnection ftp = FtpConnection.plainLogin(gateway)) {
            Socket data = ftp.openData();
            ftp.command("STOR /file", 150);
            data.getOutputStream().write(HALF);
            Patience.await("bytes arrived", () -> gateway.files().received() == HALF.length);
            reset(data);
            ftp.expect(426);
            assertAbsent("/file");
        }
    }

    @Test
    void aSettingAcceptsUploadsWithoutCloseNotify() throws Exception {
        FtpsGateway relaxed = start(settings -> settings.set("requireCloseNotify", false));
        try (FtpConnection ftp = FtpConnection.secure(relaxed)) {
            Socket data = ftp.openData();
            ftp.command("STOR /file", 150);
            ftp.secure(data).getOutputStream().write(HALF);
            data.close();
            ftp.expect(226);
            assertThat(ftp.receive("RETR /file")).isEqualTo(HALF);
        }
    }

    @Test
    void anAccountOptionAcceptsUploadsWithoutCloseNotify() throws Exception {
        gateway.changeAccount(Set.of(AccountOption.MISSING_CLOSE_NOTIFY), Account.UNLIMITED);
        try (FtpConnection ftp = FtpConnection.secure(gateway)) {
            Socket data = ftp.openData();
            ftp.command("STOR /file", 150);
            ftp.secure(data).getOutputStream().write(HALF);
            data.close();
            ftp.expect(226);
            assertThat(ftp.receive("RETR /file")).isEqualTo(HALF);
        }
    }

    /** When a client dies, its kernel ends its connections one after the other, in any order. */
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void uploadOfAClientThatDiesIsDiscardedWithoutTls(boolean controlFirst) throws Exception {
        for (int i = 0; i < 30; i++) {
            FtpConnection ftp = FtpConnection.plainLogin(gateway);
            Socket data = ftp.openData();
            ftp.command("STOR /file", 150);
            data.getOutputStream().write(HALF);
            if (controlFirst) {
                ftp.close();
                data.close();
            } else {
                data.close();
                LockSupport.parkNanos(20_000_000); // the other FIN is delayed
                ftp.close();
            }
        }
        assertNothingIsOpen();
        assertThat(gateway.files().created()).isEqualTo(30);
        assertThat(gateway.files().commits()).isZero();
        assertAbsent("/file");
    }

    /** Even if all bytes arrived: the client has left and cannot learn that the file was stored. */
    @Test
    void uploadIsDiscardedIfTheControlConnectionHasEnded() throws Exception {
        for (int i = 0; i < 30; i++) {
            FtpConnection ftp = FtpConnection.plainLogin(gateway);
            Socket data = ftp.openData();
            ftp.command("ALLO " + HALF.length, 200);
            ftp.command("STOR /file", 150);
            data.getOutputStream().write(HALF);
            ftp.close();
            data.close();
        }
        assertNothingIsOpen();
        assertThat(gateway.files().commits()).isZero();
        assertAbsent("/file");
    }

    @Test
    void uploadIsAbortedWhenTheControlConnectionEnds() throws Exception {
        FtpConnection ftp = FtpConnection.secure(gateway);
        Socket data = ftp.openData();
        ftp.command("STOR /file", 150);
        SSLSocket tls = ftp.secure(data);
        tls.getOutputStream().write(HALF);
        Patience.await("bytes arrived", () -> gateway.files().received() == HALF.length);
        ftp.close();
        assertNothingIsOpen();
        tls.close();
        assertAbsent("/file");
    }

    @ParameterizedTest
    @ValueSource(strings = {"ftp", "ftps"})
    void uploadOfAKilledClientIsDiscarded(String scheme) throws Exception {
        Path large = Files.write(folder().resolve("large"), new byte[30_000_000]);
        int port = scheme.equals("ftp") ? gateway.port() : gateway.implicitPort();
        try (RunningClient curl = Clients.command(
                        "curl",
                        "-sS",
                        "-k",
                        "--limit-rate",
                        "1M",
                        "-u",
                        "alice:secret",
                        "-T",
                        large.toString(),
                        scheme + "://127.0.0.1:" + port + "/file")
                .start()) {
            Patience.await("bytes arrived", () -> gateway.files().received() > 500_000);
            curl.kill();
        }
        assertNothingIsOpen();
        assertThat(gateway.files().commits()).isZero();
        assertAbsent("/file");
    }

    @Test
    void serverThatIsClosedAbortsUploads() throws Exception {
        FtpConnection ftp = FtpConnection.plainLogin(gateway);
        Socket data = ftp.openData();
        ftp.command("STOR /file", 150);
        data.getOutputStream().write(HALF);
        Patience.await("bytes arrived", () -> gateway.files().received() == HALF.length);
        gateway.closeServer();
        assertThat(gateway.files().openUploads()).isZero();
        assertAbsent("/file");
        data.close();
        ftp.close();
    }

    // ---- ABOR, QUIT, and the time of the last reply

    @Test
    void aborEndsAnUploadWhileItRuns() throws Exception {
        try (FtpConnection ftp = FtpConnection.secure(gateway)) {
            ftp.store("/file", OLD);
            Socket data = ftp.openData();
            ftp.command("STOR /file", 150);
            SSLSocket tls = ftp.secure(data);
            tls.getOutputStream().write(HALF);
            ftp.send("ABOR");
            ftp.expect(426);
            ftp.expect(226);
            assertThat(content("/file")).isEqualTo(OLD);
            ftp.command("NOOP", 200);
            data.close();
        }
        assertNothingIsOpen();
    }

    /** RFC 959 section 4.1.3: IP and the Synch signal, whose last byte is urgent, and then the command. */
    @Test
    void aborIsReceivedAfterTelnetSignals() throws Exception {
        try (FtpConnection ftp = FtpConnection.plainLogin(gateway)) {
            Socket data = ftp.openData();
            ftp.command("STOR /file", 150);
            data.getOutputStream().write(HALF);
            ftp.sendBytes(new byte[] {(byte) 0xFF, (byte) 0xF4, (byte) 0xFF});
            ftp.sendUrgent(0xF2);
            ftp.send("ABOR");
            ftp.expect(426);
            ftp.expect(226);
            assertAbsent("/file");
        }
    }

    /** As Python's ftplib does it: the line feed is the urgent byte. */
    @Test
    void statusReportsTheProgressOfATransfer() throws Exception {
        try (FtpConnection ftp = FtpConnection.secure(gateway)) {
            Socket data = ftp.openData();
            ftp.command("STOR /file", 150);
            try (SSLSocket tls = ftp.secure(data)) {
                tls.getOutputStream().write(HALF);
                Patience.await("bytes arrived", () -> gateway.files().received() == HALF.length);
                assertThat(ftp.command("STAT", 211)).contains(" " + HALF.length + " bytes");
                ftp.send("STAT /"); // has to wait, and so do later commands
                ftp.send("STAT");
                tls.getOutputStream().write(HALF);
            }
            ftp.expect(226);
            ftp.expect(213);
            assertThat(ftp.expect(211)).contains("Logged in as alice");
        }
    }

    @Test
    void aborIsReceivedAsUrgentData() throws Exception {
        try (FtpConnection ftp = FtpConnection.plainLogin(gateway)) {
            Socket data = ftp.openData();
            ftp.command("STOR /file", 150);
            data.getOutputStream().write(HALF);
            ftp.sendBytes("ABOR\r".getBytes(StandardCharsets.US_ASCII));
            ftp.sendUrgent('\n');
            ftp.expect(426);
            ftp.expect(226);
            assertAbsent("/file");
        }
    }

    @Test
    void aborEndsATransferThatWaitsForItsConnection() throws Exception {
        try (FtpConnection ftp = FtpConnection.plainLogin(gateway)) {
            ftp.passivePort();
            ftp.send("STOR /file");
            Patience.await("the upload is open", () -> gateway.files().openUploads() == 1);
            ftp.send("ABOR");
            ftp.expect(426);
            ftp.expect(226);
        }
        assertNothingIsOpen();
    }

    @Test
    void aborEndsATransferThatHasNotBegun() throws Exception {
        try (FtpConnection ftp = FtpConnection.plainLogin(gateway)) {
            for (int i = 0; i < 20; i++) {
                ftp.passivePort();
                ftp.sendBytes("STOR /file\r\nABOR\r\n".getBytes(StandardCharsets.US_ASCII));
                ftp.expect(426);
                ftp.expect(226);
            }
        }
        assertNothingIsOpen();
    }

    @Test
    void aborEndsADownload() throws Exception {
        try (FtpConnection ftp = FtpConnection.secure(gateway)) {
            ftp.store("/file", new byte[20_000_000]);
            Socket data = ftp.openData();
            ftp.command("RETR /file", 150);
            SSLSocket tls = ftp.secure(data);
            tls.getInputStream().readNBytes(1000);
            ftp.send("ABOR");
            ftp.expect(426);
            ftp.expect(226);
            assertThatThrownBy(() -> tls.getInputStream().readAllBytes()).isInstanceOf(IOException.class);
            ftp.command("NOOP", 200);
        }
        assertNothingIsOpen();
    }

    @Test
    void successIsReportedAfterTheStoreHasConfirmed() throws Exception {
        CountDownLatch gate = new CountDownLatch(1);
        gateway.files().holdCommits(gate);
        try (FtpConnection ftp = FtpConnection.plainLogin(gateway)) {
            Socket data = ftp.openData();
            ftp.command("STOR /file", 150);
            try (data) {
                data.getOutputStream().write(HALF);
            }
            Patience.await("the commit is asked for", () -> gateway.files().commits() == 1);
            ftp.send("ABOR"); // too late to abort: the file may already be stored
            ftp.expectSilence();
            assertAbsent("/file");
            gate.countDown();
            ftp.expect(226);
            ftp.expect(226);
            assertThat(content("/file")).isEqualTo(HALF);
        }
    }

    @Test
    void quitWaitsForTheTransfer() throws Exception {
        try (FtpConnection ftp = FtpConnection.secure(gateway)) {
            Socket data = ftp.openData();
            ftp.command("STOR /file", 150);
            try (SSLSocket tls = ftp.secure(data)) {
                tls.getOutputStream().write(HALF);
                ftp.send("QUIT");
                tls.getOutputStream().write(HALF);
            }
            ftp.expect(226);
            ftp.expect(221);
            assertThat(ftp.isEnded()).isTrue();
        }
        assertThat(content("/file")).hasSize(2 * HALF.length);
    }

    // ---- refusals

    @Test
    void refusalsComeBeforeTheDataConnectionIsUsed() throws Exception {
        try (FtpConnection ftp = FtpConnection.secure(gateway)) {
            ftp.command("MKD /dir", 257);
            for (String command : new String[] {"STOR /dir", "STOR /absent/file", "RETR /absent", "APPE /dir"}) {
                ftp.passivePort();
                ftp.command(command, 550);
            }
            ftp.command("STOR /file", 425);
            assertThat(gateway.files().created()).isZero();
        }
    }

    @Test
    void announcedSizeMustMatch() throws Exception {
        try (FtpConnection ftp = FtpConnection.plainLogin(gateway)) {
            for (int announced : new int[] {HALF.length - 1, HALF.length + 1}) {
                Socket data = ftp.openData();
                ftp.command("ALLO " + announced, 200);
                ftp.command("STOR /file", 150);
                try (data) {
                    data.getOutputStream().write(HALF);
                }
                assertThat(ftp.expect(426)).contains("ALLO");
                assertAbsent("/file");
            }
            ftp.command("TYPE I", 200);
            ftp.command("ALLO " + HALF.length, 200);
            ftp.store("/file", HALF);
            ftp.store("/other", OLD); // ALLO was for one upload only
            ftp.command("ALLO 99999999999999999999", 552);
            ftp.command("ALLO many", 501);
        }
    }

    /** The bytes before the offset and after the received ones stay. */
    @Test
    void anUploadBeginsAtTheRestOffset() throws Exception {
        byte[] old = "0123456789".getBytes(StandardCharsets.US_ASCII);
        byte[] sent = "abc".getBytes(StandardCharsets.US_ASCII);
        try (FtpConnection ftp = FtpConnection.secure(gateway)) {
            ftp.store("/file", old);
            ftp.passivePort();
            ftp.command("REST 11", 350);
            assertThat(ftp.command("STOR /file", 554)).contains("only 10 bytes");
            ftp.passivePort();
            ftp.command("REST 5", 350);
            assertThat(ftp.command("STOR /absent", 554)).contains("no file");
            for (String command : new String[] {"STOR", "APPE"}) {
                ftp.store("/file", old);
                ftp.command("REST 5", 350);
                ftp.send(command, "/file", sent);
                assertThat(content("/file")).asString().isEqualTo("01234abc89");
            }
            ftp.send("APPE", "/file", sent);
            assertThat(content("/file")).asString().isEqualTo("01234abc89abc");
            ftp.command("ALLO 3", 200);
            ftp.send("APPE", "/file", sent);
            ftp.command("ALLO 4", 200);
            Socket data = ftp.openData();
            ftp.command("APPE /file", 150);
            try (SSLSocket tls = ftp.secure(data)) {
                tls.getOutputStream().write(sent);
            }
            ftp.expect(426);
            assertThat(content("/file")).asString().isEqualTo("01234abc89abcabc");
            ftp.command("REST 0", 350);
            ftp.store("/file", HALF);
            assertThat(content("/file")).isEqualTo(HALF);
        }
        assertNothingIsOpen();
    }

    /** As many bytes arrive as the file has, but half of the announced number: the connection was lost. */
    @Test
    void aPartialAppendIsNotMistakenForTheCompleteFile() throws Exception {
        try (FtpConnection ftp = FtpConnection.plainLogin(gateway)) {
            ftp.store("/file", "01234".getBytes(StandardCharsets.US_ASCII));
            ftp.command("ALLO 10", 200);
            Socket data = ftp.openData();
            ftp.command("APPE /file", 150);
            try (data) {
                data.getOutputStream().write("56789".getBytes(StandardCharsets.US_ASCII));
            }
            assertThat(ftp.expect(426)).contains("ALLO");
            assertThat(content("/file")).asString().isEqualTo("01234");
        }
        assertNothingIsOpen();
    }

    @Test
    void textIsAppendedWithTheLineEndsOfTheStore() throws Exception {
        try (FtpConnection ftp = FtpConnection.plainLogin(gateway)) {
            ftp.store("/log", "one\n".getBytes(StandardCharsets.US_ASCII));
            ftp.command("TYPE A", 200);
            ftp.send("APPE", "/log", "two\r\n".getBytes(StandardCharsets.US_ASCII));
            assertThat(content("/log")).asString().isEqualTo("one\ntwo\n");
        }
        assertNothingIsOpen();
    }

    @Test
    void appendingToAFileThatDoesNotExistStoresIt() throws Exception {
        try (FtpConnection ftp = FtpConnection.plainLogin(gateway)) {
            Socket data = ftp.openData();
            ftp.command("APPE /file", 150);
            try (data) {
                data.getOutputStream().write(OLD);
            }
            ftp.expect(226);
            assertThat(content("/file")).isEqualTo(OLD);
        }
    }

    /** Clients repeat a command after a 4xx reply, but not after a 5xx one. */
    @Test
    void appendingToAFileThatAppearsMeanwhileCanBeRepeated() throws Exception {
        try (FtpConnection ftp = FtpConnection.plainLogin(gateway);
                FtpConnection other = FtpConnection.plainLogin(gateway)) {
            Socket data = ftp.openData();
            ftp.command("APPE /file", 150);
            other.store("/file", OLD);
            try (data) {
                data.getOutputStream().write(HALF);
            }
            assertThat(ftp.expect(450)).contains("again");
            assertThat(content("/file")).isEqualTo(OLD);

            ftp.send("APPE", "/file", HALF);
            assertThat(content("/file")).startsWith(OLD).endsWith(HALF).hasSize(OLD.length + HALF.length);
        }
        assertNothingIsOpen();
    }

    @Test
    void storeUniqueRepliesWithTheName() throws Exception {
        try (FtpConnection ftp = FtpConnection.plainLogin(gateway)) {
            ftp.store("/file", OLD);
            Socket data = ftp.openData();
            String reply = ftp.command("STOU file", 150);
            try (data) {
                data.getOutputStream().write(HALF);
            }
            ftp.expect(226);
            String name = reply.substring(reply.indexOf("FILE: ") + 6).strip();
            assertThat(name).startsWith("file.");
            assertThat(content("/" + name)).isEqualTo(HALF);
            assertThat(content("/file")).isEqualTo(OLD);
        }
        assertNothingIsOpen();
    }

    @Test
    void textHasNetworkLineEndsInTransit() throws Exception {
        String stored = "one\ntwo\r\n\n\rthree\r";
        String sent = "one\r\ntwo\r\r\n\r\n\rthree\r";
        try (FtpConnection ftp = FtpConnection.plainLogin(gateway)) {
            ftp.command("TYPE A", 200);
            ftp.store("/text", sent.getBytes(StandardCharsets.US_ASCII));
            assertThat(content("/text")).asString().isEqualTo(stored);
            assertThat(ftp.receive("RETR /text")).asString().isEqualTo(sent);
            assertThat(ftp.command("SIZE /text", 213)).isEqualToIgnoringNewLines("213 " + sent.length());
            ftp.command("REST 3", 350);
            ftp.passivePort();
            assertThat(ftp.command("RETR /text", 554)).contains("TYPE I");
            ftp.command("TYPE I", 200);
            assertThat(ftp.receive("RETR /text")).asString().isEqualTo(stored);
            assertThat(ftp.command("SIZE /text", 213)).isEqualToIgnoringNewLines("213 " + stored.length());
        }
        assertNothingIsOpen();
    }

    /** Longer than any buffer, with line ends at the boundaries of all buffers. */
    @Test
    void longTextIsConvertedBothWays() throws Exception {
        byte[] stored = "\r\n\r\r\nab\n\r".repeat(100_000).getBytes(StandardCharsets.US_ASCII);
        try (FtpConnection ftp = FtpConnection.plainLogin(gateway)) {
            ftp.store("/text", stored);
            ftp.command("TYPE A", 200);
            byte[] sent = ftp.receive("RETR /text");
            assertThat(sent).asString().isEqualTo(new String(stored, StandardCharsets.US_ASCII).replace("\n", "\r\n"));
            ftp.store("/again", sent);
        }
        assertThat(content("/again")).isEqualTo(stored);
    }

    @Test
    void textTypeWithoutConversionKeepsBytes() throws Exception {
        byte[] text = "one\ntwo\r\nthree\rfour\0".getBytes(StandardCharsets.US_ASCII);
        gateway.close();
        gateway = start(settings -> settings.set("plain", true).set("convertAscii", false));
        try (FtpConnection ftp = FtpConnection.plainLogin(gateway)) {
            ftp.command("TYPE A", 200);
            ftp.store("/text", text);
            assertThat(content("/text")).isEqualTo(text);
            assertThat(ftp.receive("RETR /text")).isEqualTo(text);
            assertThat(ftp.command("SIZE /text", 213)).isEqualToIgnoringNewLines("213 " + text.length);
        }
    }

    // ---- downloads

    @Test
    void downloadStartsAtTheRequestedOffset() throws Exception {
        byte[] content = "0123456789".getBytes(StandardCharsets.US_ASCII);
        try (FtpConnection ftp = FtpConnection.secure(gateway)) {
            ftp.store("/file", content);
            ftp.command("REST 7", 350);
            assertThat(ftp.receive("RETR /file")).asString().isEqualTo("789");
            assertThat(ftp.receive("RETR /file")).isEqualTo(content);
            ftp.command("REST 10", 350);
            assertThat(ftp.receive("RETR /file")).isEmpty();
            ftp.passivePort();
            ftp.command("REST 11", 350);
            ftp.command("RETR /file", 554);
            ftp.command("REST x", 501);
        }
        assertNothingIsOpen();
    }

    private byte[] content(String path) throws VfsException {
        try (FileDownload download = gateway.open().open(VirtualPath.parse(path))) {
            ByteBuffer buffer = ByteBuffer.allocate((int) download.entry().size() + 1);
            long offset = 0;
            for (int count = download.read(offset, buffer); count >= 0; count = download.read(offset, buffer)) {
                offset += count;
            }
            byte[] content = new byte[buffer.flip().remaining()];
            buffer.get(content);
            return content;
        }
    }

    private void assertAbsent(String path) {
        assertThatThrownBy(() -> gateway.open().stat(VirtualPath.parse(path)))
                .isInstanceOfSatisfying(
                        VfsException.class, e -> assertThat(e.failure()).isEqualTo(Failure.NOT_FOUND));
    }

    private void assertNothingIsOpen() throws InterruptedException {
        Patience.await("all uploads are over", () -> gateway.files().openUploads() == 0);
        Patience.await("all downloads are over", () -> gateway.files().openDownloads() == 0);
    }

    private static void reset(Socket socket) throws IOException {
        socket.setSoLinger(true, 0);
        socket.close();
    }
}
