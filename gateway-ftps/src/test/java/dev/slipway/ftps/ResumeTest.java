package dev.slipway.ftps;

import static org.assertj.core.api.Assertions.assertThat;

import dev.slipway.core.store.Bytes;
import dev.slipway.testing.Patience;
import dev.slipway.testing.S3Store;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Interrupted uploads over FTP, and how they resume. */
@S3Store
class ResumeTest extends FtpsGatewayTest {
    private static final int MIB = 1 << 20;
    private static final int KEPT = 10 * MIB;
    private static final byte[] OLD = Bytes.random(1, 1000);
    private static final byte[] CONTENT = Bytes.random(2, 12 * MIB);

    private FtpsGateway gateway;

    @BeforeEach
    void startGateway() throws Exception {
        gateway = start();
        gateway.allowResume();
    }

    /** Sends bytes and then nothing more, and does not end the file. */
    private static void interrupt(FtpConnection ftp, byte[] content) throws Exception {
        Socket data = ftp.openData();
        ftp.command("STOR /file", 150);
        SSLSocket tls = ftp.secure(data);
        tls.getOutputStream().write(content);
        data.close();
        ftp.expect(426);
    }

    private static void send(FtpConnection ftp, String command, byte[] content) throws Exception {
        Socket data = ftp.openData();
        ftp.command(command, 150);
        try (SSLSocket tls = ftp.secure(data)) {
            tls.getOutputStream().write(content);
        }
        ftp.expect(226);
    }

    private static byte[] rest() {
        return Arrays.copyOfRange(CONTENT, KEPT, CONTENT.length);
    }

    @Test
    void anInterruptedUploadIsAnUnreadableFileWithoutATime() throws Exception {
        try (FtpConnection ftp = FtpConnection.secure(gateway)) {
            ftp.store("/file", OLD);
            interrupt(ftp, CONTENT);
            assertThat(ftp.command("SIZE /file", 213)).startsWith("213 " + KEPT);
            ftp.command("MDTM /file", 550);
            assertThat(ftp.command("MLST /file", 250))
                    .containsIgnoringCase("size=" + KEPT + ";")
                    .doesNotContainIgnoringCase("modify=");
            assertThat(ftp.command("STAT /file", 213)).contains(" " + KEPT + " ");
            ftp.openData().close();
            ftp.command("RETR /file", 450);
            ftp.command("RNFR /file", 350);
            ftp.command("RNTO /other", 450);
            assertThat(ftp.list("LIST /")).contains(" " + OLD.length + " ");
        }
    }

    @ParameterizedTest
    @CsvSource({"true,STOR", "false,APPE", "true,APPE"})
    void anUploadResumes(boolean restart, String command) throws Exception {
        try (FtpConnection ftp = FtpConnection.secure(gateway)) {
            interrupt(ftp, CONTENT);
            if (restart) {
                ftp.command("REST " + KEPT, 350);
            }
            send(ftp, command + " /file", rest());
            assertThat(ftp.receive("RETR /file")).isEqualTo(CONTENT);
            ftp.command("MDTM /file", 213);
        }
    }

    /** Clients announce the size of the file or of the rest. */
    @ParameterizedTest
    @ValueSource(ints = {2 * MIB, 12 * MIB})
    void theAnnouncedSizeIsTheRestOrAll(int announced) throws Exception {
        try (FtpConnection ftp = FtpConnection.secure(gateway)) {
            interrupt(ftp, CONTENT);
            ftp.command("ALLO " + announced, 200);
            send(ftp, "APPE /file", rest());
            assertThat(ftp.receive("RETR /file")).isEqualTo(CONTENT);
        }
    }

    @Test
    void anotherOffsetIsRefusedBeforeAnyData() throws Exception {
        try (FtpConnection ftp = FtpConnection.secure(gateway)) {
            interrupt(ftp, CONTENT);
            for (int offset : new int[] {1, KEPT + 1, CONTENT.length}) {
                Socket data = ftp.openData();
                ftp.command("REST " + offset, 350);
                assertThat(ftp.command("STOR /file", 554)).contains("at byte " + KEPT);
                data.close();
            }
            assertThat(ftp.command("SIZE /file", 213)).startsWith("213 " + KEPT);
            Socket data = ftp.openData();
            ftp.command("REST 5", 350);
            assertThat(ftp.command("STOR /other", 554)).contains("no file");
            data.close();
        }
    }

    @Test
    void fewerBytesThanAnnouncedAreAnInterruption() throws Exception {
        try (FtpConnection ftp = FtpConnection.secure(gateway)) {
            ftp.command("ALLO " + (CONTENT.length + 1), 200);
            Socket data = ftp.openData();
            ftp.command("STOR /file", 150);
            try (SSLSocket tls = ftp.secure(data)) {
                tls.getOutputStream().write(CONTENT);
            }
            ftp.expect(426);
            assertThat(ftp.command("SIZE /file", 213)).startsWith("213 " + KEPT);
        }
    }

    /** As ordinary servers do: lftp's Ctrl-C sends ABOR, and its put -c resumes. */
    @Test
    void aborKeepsAnInterruptedUpload() throws Exception {
        try (FtpConnection ftp = FtpConnection.secure(gateway)) {
            ftp.store("/file", OLD);
            Socket data = ftp.openData();
            ftp.command("STOR /file", 150);
            SSLSocket tls = ftp.secure(data);
            tls.getOutputStream().write(CONTENT);
            Patience.await("all has come", () -> gateway.files().received() == OLD.length + CONTENT.length);
            ftp.send("ABOR");
            ftp.expect(426);
            ftp.expect(226);
            data.close();
            assertThat(ftp.command("SIZE /file", 213)).startsWith("213 " + KEPT);
            ftp.command("REST " + KEPT, 350);
            send(ftp, "STOR /file", rest());
            assertThat(ftp.receive("RETR /file")).isEqualTo(CONTENT);
        }
    }

    /** Offsets of text uploads differ from those of the client's file: the rest would arrive without the conversion. */
    @Test
    void textUploadsAreNotResumed() throws Exception {
        try (FtpConnection ftp = FtpConnection.secure(gateway)) {
            ftp.store("/file", OLD);
            ftp.command("TYPE A", 200);
            Socket data = ftp.openData();
            ftp.command("STOR /file", 150);
            SSLSocket tls = ftp.secure(data);
            tls.getOutputStream().write(CONTENT);
            Patience.await("most has come", () -> gateway.files().received() > OLD.length + KEPT);
            assertThat(gateway.leftIfKilled()).isEmpty();
            data.close();
            ftp.expect(426);
            ftp.command("TYPE I", 200);
            assertThat(ftp.receive("RETR /file")).isEqualTo(OLD);

            interrupt(ftp, CONTENT);
            ftp.command("TYPE A", 200);
            Socket refused = ftp.openData();
            assertThat(ftp.command("APPE /file", 554)).contains("TYPE I");
            refused.close();
        }
    }

    /** The data connection failed, and nothing was sent. */
    @Test
    void aClientThatDoesNotConnectBeginsNoUpload() throws Exception {
        try (FtpConnection ftp = FtpConnection.secure(gateway)) {
            ftp.store("/file", OLD);
            Socket data = ftp.openData();
            ftp.command("STOR /file", 150);
            data.getOutputStream().write("this is no TLS".getBytes(StandardCharsets.US_ASCII));
            data.close();
            ftp.expect(425);
            assertThat(ftp.receive("RETR /file")).isEqualTo(OLD);

            interrupt(ftp, CONTENT);
            data = ftp.openData();
            ftp.command("APPE /file", 150);
            data.getOutputStream().write("this is no TLS".getBytes(StandardCharsets.US_ASCII));
            data.close();
            ftp.expect(425);
            assertThat(ftp.command("SIZE /file", 213)).startsWith("213 " + KEPT);
        }
    }

    @Test
    void storFromTheBeginningAndDeleteDiscardAnInterruptedUpload() throws Exception {
        try (FtpConnection ftp = FtpConnection.secure(gateway)) {
            interrupt(ftp, CONTENT);
            ftp.store("/file", OLD);
            assertThat(ftp.receive("RETR /file")).isEqualTo(OLD);
            interrupt(ftp, CONTENT);
            ftp.command("DELE /file", 250);
            ftp.command("SIZE /file", 550);
        }
    }
}
