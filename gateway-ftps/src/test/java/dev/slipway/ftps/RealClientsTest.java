package dev.slipway.ftps;

import static org.assertj.core.api.Assertions.assertThat;

import dev.slipway.testing.ClientCommand;
import dev.slipway.testing.ClientResult;
import dev.slipway.testing.Clients;
import dev.slipway.testing.Patience;
import dev.slipway.testing.S3Store;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Typical use with common clients. */
@S3Store
class RealClientsTest extends FtpsGatewayTest {
    private static final Duration TIMEOUT = Patience.LIMIT;

    private FtpsGateway gateway;
    private Path trusted;

    @BeforeEach
    void startGateway() throws Exception {
        gateway = startPlain();
        trusted = gateway.certificate().writePem(folder().resolve("trusted.pem"));
    }

    @Test
    void curlUploadsAndDownloadsWithExplicitTls() throws Exception {
        for (String version : List.of("1.2", "1.3")) {
            roundTripWithCurl(
                    "ftp://127.0.0.1:" + gateway.port(), "--ssl-reqd", "--tlsv" + version, "--tls-max", version);
        }
    }

    @Test
    void curlUploadsAndDownloadsWithImplicitTls() throws Exception {
        for (String version : List.of("1.2", "1.3")) {
            roundTripWithCurl("ftps://127.0.0.1:" + gateway.implicitPort(), "--tlsv" + version, "--tls-max", version);
        }
    }

    @Test
    void curlUploadsAndDownloadsWithoutTlsIfAllowed() throws Exception {
        roundTripWithCurl("ftp://127.0.0.1:" + gateway.port());
    }

    private void roundTripWithCurl(String url, String... options) throws Exception {
        for (int size : new int[] {0, 1, 300_000, 12_000_000}) {
            Path sent = write(folder().resolve("sent"), size);
            Path received = folder().resolve("received");
            curl(options, "-T", sent.toString(), url + "/f%20%C3%A4" + size).assertSuccess();
            curl(options, "-o", received.toString(), url + "/f%20%C3%A4" + size).assertSuccess();
            assertThat(received).hasSameBinaryContentAs(sent);
            Files.delete(received);
        }
        ClientResult listing = curl(options, url + "/").assertSuccess();
        assertThat(listing.stdout()).contains("f ä300000", "12000000");
        curl(options, "-Q", "-DELE f ä0", "-l", url + "/").assertSuccess();
        assertThat(curl(options, "-l", url + "/").assertSuccess().stdout()).doesNotContain("f ä0\n");
        curl(options, url + "/absent").assertFailure();
    }

    /**
     * curl starts TLS on the data connection before it reads the reply to its command, and mistakes the end of that
     * connection for a server without EPSV.
     */
    @ParameterizedTest
    @ValueSource(strings = {"explicit 1.2", "explicit 1.3", "implicit 1.2", "implicit 1.3"})
    void curlSaysWhyATransferIsRefused(String security) throws Exception {
        String version = security.substring(security.indexOf(' ') + 1);
        String url = security.startsWith("explicit")
                ? "ftp://127.0.0.1:" + gateway.port()
                : "ftps://127.0.0.1:" + gateway.implicitPort();
        String[] options = {"--ssl-reqd", "--tlsv" + version, "--tls-max", version};
        Path file = write(folder().resolve("file"), 1000);
        curl(options, "--ftp-create-dirs", "-T", file.toString(), url + "/dir/file")
                .assertSuccess();
        assertRefused(curl(options, url + "/absent"), 78, "The file does not exist");
        assertRefused(curl(options, "--ignore-content-length", url + "/dir"), 78, "RETR response: 550");
        assertRefused(curl(options, "-T", file.toString(), url + "/dir"), 25, "550");
        assertRefused(curl(options, "-a", "-T", file.toString(), url + "/dir"), 25, "550");
        assertRefused(curl(options, "-C", "500", "-T", file.toString(), url + "/dir"), 25, "550");
        assertRefused(curl(options, "--ftp-method", "nocwd", url + "/absent/"), 19, "550");
        assertRefused(curl(options, url + "/absent/"), 9, "denied");
    }

    private static void assertRefused(ClientResult result, int exitCode, String message) {
        assertThat(result.exitCode()).as("%s", result).isEqualTo(exitCode);
        assertThat(result.stderr()).contains(message);
    }

    private ClientResult curl(String[] options, String... arguments) throws InterruptedException {
        List<String> all = new ArrayList<>(
                List.of("-sS", "--cacert", trusted.toString(), "-u", FtpsGateway.USER + ":" + FtpsGateway.PASSWORD));
        all.addAll(List.of(options));
        all.addAll(List.of(arguments));
        return Clients.command("curl", all.toArray(String[]::new)).run(TIMEOUT);
    }

    @ParameterizedTest
    @ValueSource(strings = {"explicit", "implicit", "plain"})
    void lftpMirrorsBothWaysAndTransfersNothingTheSecondTime(String security) throws Exception {
        Path tree = writeTree(folder().resolve("tree"));
        Path back = folder().resolve("back");
        String url = security.equals("implicit")
                ? "ftps://127.0.0.1:" + gateway.implicitPort()
                : "ftp://127.0.0.1:" + gateway.port();
        String start = "set ssl:ca-file " + trusted + "; set ssl:check-hostname no; set net:max-retries 1;"
                + " set net:timeout " + Patience.SECONDS + "; set cmd:fail-exit yes; set ftp:ssl-force "
                + (security.equals("explicit") ? "yes" : "no") + "; set ftp:ssl-allow "
                + (security.equals("plain") ? "no" : "yes") + "; open -u " + FtpsGateway.USER + ","
                + FtpsGateway.PASSWORD + " " + url + "; ";
        lftp(start + "mirror -R --parallel=8 " + tree + " /tree; mirror --parallel=8 /tree " + back);
        assertSameTree(back, tree);
        assertThat(lftp(start + "mirror -R -v --parallel=8 " + tree + " /tree").stdout())
                .doesNotContain("Transferring");
        assertThat(lftp(start + "mirror -v --parallel=8 /tree " + back).stdout())
                .doesNotContain("Transferring");
        lftp(start + "mv /tree/a /tree/b; ls /tree; rm -r /tree");
    }

    @Test
    void curlAndLftpCopyOnTheServersSide() throws Exception {
        String url = "ftp://127.0.0.1:" + gateway.port();
        Path sent = write(folder().resolve("sent"), 300_000);
        String[] options = {"--ssl-reqd"};
        curl(options, "-T", sent.toString(), url + "/the%20file").assertSuccess();
        curl(options, "-Q", "SITE CPFR the file", "-Q", "SITE CPTO by curl", "-l", url + "/")
                .assertSuccess();
        lftp("set ssl:ca-file " + trusted + "; set ssl:check-hostname no; set net:max-retries 1;"
                + " set cmd:fail-exit yes; open -u " + FtpsGateway.USER + "," + FtpsGateway.PASSWORD + " " + url
                + "; site cpfr by curl; site cpto by lftp; cls");
        for (String copy : List.of("by%20curl", "by%20lftp")) {
            Path received = folder().resolve(copy);
            curl(options, "-o", received.toString(), url + "/" + copy).assertSuccess();
            assertThat(received).hasSameBinaryContentAs(sent);
        }
        curl(options, "-Q", "SITE CPFR absent", "-Q", "SITE CPTO copy", "-l", url + "/")
                .assertFailure();
    }

    private static ClientResult lftp(String script) throws InterruptedException {
        return Clients.command("lftp", "-c", script).run(TIMEOUT).assertSuccess();
    }

    @Test
    void rcloneCopiesAndChecks() throws Exception {
        Path tree = writeTree(folder().resolve("tree"));
        Path back = folder().resolve("back");
        rclone("copy", tree.toString(), "gateway:tree").assertSuccess();
        rclone("check", tree.toString(), "gateway:tree", "--download").assertSuccess();
        rclone("copy", "gateway:tree", back.toString()).assertSuccess();
        assertSameTree(back, tree);
        ClientResult second =
                rclone("sync", "-v", tree.toString(), "gateway:tree").assertSuccess();
        assertThat(second.stderr()).doesNotContain("Copied");
        rclone("moveto", "gateway:tree/small", "gateway:tree/moved").assertSuccess();
        assertThat(rclone("lsf", "-R", "gateway:tree").assertSuccess().stdout()).contains("moved", "a/nested/deep");
        rclone("purge", "gateway:tree").assertSuccess();
        assertThat(rclone("lsf", "gateway:").assertSuccess().stdout()).isEmpty();
    }

    private ClientResult rclone(String... arguments) throws InterruptedException {
        ClientResult obscured = Clients.command("rclone", "obscure", FtpsGateway.PASSWORD)
                .run(TIMEOUT)
                .assertSuccess();
        return Clients.command("rclone", arguments)
                .environment("RCLONE_CONFIG_GATEWAY_TYPE", "ftp")
                .environment("RCLONE_CONFIG_GATEWAY_HOST", "127.0.0.1")
                .environment("RCLONE_CONFIG_GATEWAY_PORT", Integer.toString(gateway.port()))
                .environment("RCLONE_CONFIG_GATEWAY_USER", FtpsGateway.USER)
                .environment("RCLONE_CONFIG_GATEWAY_PASS", obscured.stdout().strip())
                .environment("RCLONE_CONFIG_GATEWAY_EXPLICIT_TLS", "true")
                .environment("RCLONE_CONFIG_GATEWAY_NO_CHECK_CERTIFICATE", "true")
                .run(TIMEOUT);
    }

    @Test
    void pythonUploadsListsAndDownloads() throws Exception {
        ClientCommand python =
                Clients.command("python3", "-c", """
                import ftplib, io, os, ssl, sys
                port, trusted = int(sys.argv[1]), sys.argv[2]
                ftp = ftplib.FTP_TLS(context=ssl.create_default_context(cafile=trusted), encoding='utf-8')
                ftp.connect('127.0.0.1', port)
                ftp.login('alice', 'secret')
                ftp.prot_p()
                ftp.mkd('dir')
                ftp.cwd('dir')
                assert ftp.pwd() == '/dir', ftp.pwd()
                data = os.urandom(7_000_000)
                ftp.storbinary('STOR file', io.BytesIO(data))
                back = io.BytesIO()
                ftp.retrbinary('RETR file', back.write)
                assert back.getvalue() == data
                tail = io.BytesIO()
                ftp.retrbinary('RETR file', tail.write, rest=6_999_990)
                assert tail.getvalue() == data[-10:]
                assert ftp.size('file') == len(data)
                facts = dict(ftp.mlsd())
                assert facts['file']['type'] == 'file' and facts['file']['size'] == str(len(data)), facts
                assert ftp.nlst() == ['file'], ftp.nlst()
                ftp.rename('file', 'other')
                ftp.delete('other')
                ftp.cwd('..')
                ftp.rmd('dir')
                assert ftp.nlst() == []
                ftp.quit()
                """, Integer.toString(gateway.port()), trusted.toString());
        python.run(TIMEOUT).assertSuccess();
    }

    private static Path write(Path file, int size) throws IOException {
        byte[] content = new byte[size];
        new Random(size).nextBytes(content);
        return Files.write(file, content);
    }

    private static Path writeTree(Path root) throws IOException {
        Files.createDirectories(root.resolve("a/nested"));
        write(root.resolve("empty"), 0);
        write(root.resolve("small"), 1000);
        write(root.resolve("with space and ü"), 2000);
        write(root.resolve("a/large"), 11_000_000);
        write(root.resolve("a/nested/deep"), 3000);
        for (int i = 0; i < 24; i++) {
            Path file = write(root.resolve("a/nested/file" + i), 100 + i);
            Files.setLastModifiedTime(
                    file, FileTime.from(Instant.parse("2020-02-03T04:05:06Z").plusSeconds(i)));
        }
        return root;
    }

    private static void assertSameTree(Path actual, Path expected) throws IOException {
        try (var files = Files.walk(expected)) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                assertThat(actual.resolve(expected.relativize(file).toString())).hasSameBinaryContentAs(file);
            }
        }
    }
}
