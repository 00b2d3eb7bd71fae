package dev.slipway.ftps;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.slipway.testing.S3Store;
import org.junit.jupiter.api.Test;

/** Copies on the server's side: SITE CPFR and SITE CPTO. */
@S3Store
class CopyTest extends FtpsGatewayTest {
    private static final byte[] CONTENT = "The quick brown fox".getBytes(UTF_8);

    @Test
    void aFileIsCopiedWithItsTime() throws Exception {
        FtpsGateway gateway = start();
        try (FtpConnection ftp = FtpConnection.secure(gateway)) {
            ftp.store("/a fox", CONTENT);
            ftp.command("MFMT 20010909014640 a fox", 213);
            ftp.command("SITE CPFR a fox", 350);
            ftp.command("SITE CPTO /another fox", 250);
            assertThat(ftp.receive("RETR another fox")).isEqualTo(CONTENT);
            assertThat(ftp.receive("RETR a fox")).isEqualTo(CONTENT);
            assertThat(ftp.command("MDTM another fox", 213)).contains("20010909014640");

            ftp.store("/old", new byte[5]);
            ftp.command("site cpfr a fox", 350);
            ftp.command("site cpto old", 250);
            assertThat(ftp.receive("RETR old")).isEqualTo(CONTENT);
        }
    }

    @Test
    void impossibleCopiesAreRefused() throws Exception {
        FtpsGateway gateway = start();
        try (FtpConnection ftp = FtpConnection.secure(gateway)) {
            ftp.store("/fox", CONTENT);
            ftp.command("MKD d", 257);
            ftp.command("SITE CPTO copy", 503);
            ftp.command("SITE CPFR none", 550);
            ftp.command("SITE CPFR d", 550);
            ftp.command("SITE CPTO copy", 503);
            ftp.command("SITE CPFR", 501);
            ftp.command("SITE CPFR fox", 350);
            ftp.command("SITE CPTO none/copy", 550);
            ftp.command("SITE CPTO copy", 503);
            ftp.command("SITE CPFR fox", 350);
            assertThat(ftp.command("SITE CPTO fox", 553)).contains("itself");
            assertThat(ftp.receive("RETR fox")).isEqualTo(CONTENT);
            assertThat(ftp.command("SITE HELP", 214)).contains("CPFR CPTO");
        }
    }
}
