package dev.slipway.app;

import static org.assertj.core.api.Assertions.assertThat;

import dev.slipway.testing.Clients;
import dev.slipway.testing.Patience;
import dev.slipway.testing.S3Bucket;
import dev.slipway.testing.S3Store;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Attackers who hold as many connections open as they can, without logging in. */
@S3Store
@Timeout(value = Patience.TEST_SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class ConnectionSlotsTest {
    private static final Duration LIMIT = Patience.LIMIT;

    /** One process contains the attackers, a client with open sessions, and a client that connects later. */
    private static final String ATTACK = """
            import ftplib, paramiko, socket, ssl, sys
            ftp_port, ssh_port, user, password = int(sys.argv[1]), int(sys.argv[2]), *sys.argv[3:]
            attackers, each, client = ['127.0.0.%d' % i for i in range(1, 5)], 300, '127.0.0.9'

            def ftps():
                ftp = ftplib.FTP_TLS(context=ssl._create_unverified_context(), timeout=60)
                ftp.connect('127.0.0.1', ftp_port, source_address=(client, 0))
                ftp.login(user, password)
                ftp.prot_p()
                return ftp

            def sftp():
                connection = socket.create_connection(('127.0.0.1', ssh_port), 60, (client, 0))
                transport = paramiko.Transport(connection)
                transport.connect(username=user, password=password)
                return paramiko.SFTPClient.from_transport(transport)

            early_ftps, early_sftp = ftps(), sftp()
            held = []
            for attacker in attackers:
                for _ in range(each):
                    for port in (ftp_port, ssh_port):
                        held.append(socket.create_connection(('127.0.0.1', port), 60, (attacker, 0)))

            late_ftps, late_sftp = ftps(), sftp()
            late_sftp.mkdir('/made')
            assert [late_ftps.nlst(), early_ftps.nlst()] == [['made'], ['made']]
            assert early_sftp.listdir('/') == ['made']

            for connection in held:
                connection.close()
            for session in (early_ftps, late_ftps, early_sftp, late_sftp):
                session.close()
            """;

    @TempDir
    private Path directory;

    @Test
    void fourAddressesThatHoldAllTheirConnectionsDoNotBlockOthers(S3Bucket bucket) throws Exception {
        try (Gateway gateway = RunningGateway.builder(bucket.endpoint().uri(), bucket, directory)
                .set("admin.port", "0")
                .set("ftps.authenticationTimeout", "10m")
                .set("sftp.authenticationTimeout", "10m")
                .start()) {
            assertThat(gateway.awaitReady(LIMIT)).isTrue();

            Clients.command(
                            "python3",
                            "-c",
                            ATTACK,
                            String.valueOf(gateway.explicitPort().orElseThrow()),
                            String.valueOf(gateway.sftpPort().orElseThrow()),
                            Protocol.USER,
                            Protocol.PASSWORD)
                    .run(LIMIT)
                    .assertSuccess();

            for (String protocol : new String[] {"ftps", "sftp"}) {
                assertThat(metric(
                                gateway,
                                "slipway_connections_refused_total{protocol=\"" + protocol + "\",reason=\"address\"}"))
                        .isGreaterThanOrEqualTo(4 * (300 - 64));
                Patience.await(
                        "all places to be free again",
                        () -> metric(gateway, "slipway_connections_unauthenticated{protocol=\"" + protocol + "\"}")
                                == 0);
            }
        }
    }

    private static double metric(Gateway gateway, String series) {
        URI uri = URI.create("http://127.0.0.1:" + gateway.adminPort().orElseThrow() + "/metrics");
        try (InputStream answer = uri.toURL().openStream()) {
            Matcher value = Pattern.compile("^" + Pattern.quote(series) + " (\\S+)$", Pattern.MULTILINE)
                    .matcher(new String(answer.readAllBytes(), StandardCharsets.UTF_8));
            assertThat(value.find()).as(series).isTrue();
            return Double.parseDouble(value.group(1));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
