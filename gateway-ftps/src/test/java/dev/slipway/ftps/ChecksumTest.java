package dev.slipway.ftps;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.slipway.testing.S3Store;
import java.net.Socket;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.Locale;
import java.util.zip.CRC32;
import org.junit.jupiter.api.Test;

/** Checksums on the control connection. */
@S3Store
class ChecksumTest extends FtpsGatewayTest {
    private static final byte[] CONTENT = "The quick brown fox jumps over the lazy dog".getBytes(UTF_8);

    private static String digest(String algorithm, byte[] content) throws Exception {
        return HexFormat.of().formatHex(MessageDigest.getInstance(algorithm).digest(content));
    }

    @Test
    void hashIsOfTheChosenAlgorithmAndRange() throws Exception {
        FtpsGateway gateway = start();
        try (FtpConnection ftp = FtpConnection.secure(gateway)) {
            ftp.store("/fox", CONTENT);
            assertThat(ftp.command("FEAT", 211)).contains(" HASH CRC32;MD5;SHA-1;SHA-256*;SHA-512");
            assertThat(ftp.command("HASH fox", 213))
                    .startsWith("213 SHA-256 0-42 " + digest("SHA-256", CONTENT) + " fox");
            assertThat(ftp.command("OPTS HASH sha-1", 200)).contains("SHA-1");
            assertThat(ftp.command("OPTS HASH", 200)).contains("SHA-1");
            assertThat(ftp.command("OPTS HASH SHA-3", 501)).contains("SHA-512");
            assertThat(ftp.command("FEAT", 211)).contains("SHA-1*;");

            ftp.command("RANG 4 8", 350);
            assertThat(ftp.command("HASH fox", 213))
                    .startsWith("213 SHA-1 4-8 " + digest("SHA-1", "quick".getBytes(UTF_8)) + " fox");
            assertThat(ftp.command("HASH fox", 213)).startsWith("213 SHA-1 0-42 " + digest("SHA-1", CONTENT));
            ftp.command("RANG 4 8", 350);
            ftp.command("RANG 1 0", 350);
            assertThat(ftp.command("HASH fox", 213)).contains(" 0-42 ");
            ftp.command("RANG 100 200", 350);
            ftp.command("HASH fox", 501);
            ftp.command("RANG 8 4", 501);
            ftp.command("RANG all", 501);
            ftp.command("HASH none", 550);
        }
    }

    @Test
    void theOlderCommandsTakeQuotedPathsAndRanges() throws Exception {
        FtpsGateway gateway = start();
        CRC32 crc = new CRC32();
        crc.update(CONTENT);
        try (FtpConnection ftp = FtpConnection.secure(gateway)) {
            ftp.store("/a fox", CONTENT);
            ftp.store("/empty", new byte[0]);
            assertThat(ftp.command("XCRC a fox", 250))
                    .isEqualToIgnoringNewLines(String.format("250 %08X", crc.getValue()));
            assertThat(ftp.command("XMD5 \"a fox\"", 250))
                    .isEqualToIgnoringNewLines("250 " + digest("MD5", CONTENT).toUpperCase(Locale.ROOT));
            assertThat(ftp.command("XSHA1 \"/a fox\" 4 9", 250))
                    .isEqualToIgnoringNewLines(
                            "250 " + digest("SHA-1", "quick".getBytes(UTF_8)).toUpperCase(Locale.ROOT));
            assertThat(ftp.command("XSHA256 \"a fox\" 40", 250))
                    .isEqualToIgnoringNewLines(
                            "250 " + digest("SHA-256", "dog".getBytes(UTF_8)).toUpperCase(Locale.ROOT));
            assertThat(ftp.command("XSHA512 a fox", 250))
                    .isEqualToIgnoringNewLines(
                            "250 " + digest("SHA-512", CONTENT).toUpperCase(Locale.ROOT));
            assertThat(ftp.command("MD5 \"a fox\"", 251))
                    .isEqualToIgnoringNewLines(
                            "251 \"a fox\" " + digest("MD5", CONTENT).toUpperCase(Locale.ROOT));
            assertThat(ftp.command("XCRC empty", 250)).isEqualToIgnoringNewLines("250 00000000");
            ftp.command("XCRC \"a fox\" 9 4", 501);
            ftp.command("XCRC \"a fox\" 100", 504);
            ftp.command("XMD5 none", 550);
        }
    }

    @Test
    void rangAppliesToTheNextDownloadToo() throws Exception {
        FtpsGateway gateway = start();
        try (FtpConnection ftp = FtpConnection.secure(gateway)) {
            ftp.store("/fox", CONTENT);
            assertThat(ftp.command("FEAT", 211)).contains(" RANG STREAM");
            ftp.command("RANG 4 8", 350);
            assertThat(ftp.receive("RETR fox")).asString(UTF_8).isEqualTo("quick");
            assertThat(ftp.receive("RETR fox")).isEqualTo(CONTENT);
            ftp.command("RANG 40 1000", 350);
            assertThat(ftp.receive("RETR fox")).asString(UTF_8).isEqualTo("dog");
            ftp.command("RANG 4 8", 350);
            ftp.command("RANG 1 0", 350);
            assertThat(ftp.receive("RETR fox")).isEqualTo(CONTENT);
            ftp.command("REST 40", 350);
            assertThat(ftp.receive("RETR fox")).asString(UTF_8).isEqualTo("dog");

            ftp.command("RANG 44 50", 350);
            try (Socket _ = ftp.openData()) {
                ftp.command("RETR fox", 554);
            }
            ftp.command("RANG 4 8", 350);
            try (Socket _ = ftp.openData()) {
                ftp.command("STOR fox", 554);
            }
            assertThat(ftp.receive("RETR fox")).isEqualTo(CONTENT);
        }
    }
}
