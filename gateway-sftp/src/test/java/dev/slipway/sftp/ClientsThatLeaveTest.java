package dev.slipway.sftp;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import dev.slipway.core.setting.SettingsBuilder;
import dev.slipway.testing.Clients;
import dev.slipway.testing.Patience;
import dev.slipway.testing.S3Bucket;
import dev.slipway.testing.S3Store;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Clients that reset their connections or stall cause no warnings for operators. */
@S3Store
class ClientsThatLeaveTest {
    private static void reset(Socket socket) throws IOException {
        socket.setSoLinger(true, 0);
        socket.close();
    }

    private static Socket connect(SftpGateway gateway, String first) throws IOException {
        Socket socket = new Socket(InetAddress.getLoopbackAddress(), gateway.port());
        socket.getOutputStream().write(first.getBytes(StandardCharsets.ISO_8859_1));
        return socket;
    }

    private static SftpGateway start(S3Bucket bucket, Path folder, SettingsBuilder<SftpSettings> settings)
            throws Exception {
        return SftpGateway.builder(bucket, folder).settings(settings).start();
    }

    @Test
    void resetsAndTimeoutsCauseNoWarnings(S3Bucket bucket, @TempDir Path folder) throws Exception {
        SettingsBuilder<SftpSettings> patient = SftpGateway.settings()
                .set("authenticationTimeout", Patience.LIMIT)
                .set("idleTimeout", Patience.LIMIT);
        SettingsBuilder<SftpSettings> untilLogin =
                SftpGateway.settings().set("authenticationTimeout", "1s").set("idleTimeout", Patience.LIMIT);
        try (CapturedLog log = new CapturedLog(Level.WARN);
                SftpGateway gateway = start(bucket, folder, patient);
                SftpGateway logins = start(bucket, Files.createDirectory(folder.resolve("logins")), untilLogin)) {
            connect(gateway, "").close();
            reset(connect(gateway, ""));
            reset(connect(gateway, "SSH-2.0-Test\r\n"));
            reset(connect(gateway, "SSH-2.0-Test\r\n\0\0\1\0\7abc"));
            reset(connect(gateway, "GET / HTTP/1.1\r\nHost: x\r\n\r\n"));
            Socket silent = connect(logins, "SSH-2.0-Test\r\n");
            Clients.command("python3", "-c", """
                            import paramiko, socket, struct, sys
                            def login(end):
                                s = socket.create_connection(('127.0.0.1', int(sys.argv[1])))
                                t = paramiko.Transport(s)
                                t.start_client()
                                end == 'before login' or t.auth_password('alice', sys.argv[2])
                                return s, t
                            def reset(s, t):
                                t.active = False
                                s.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack('ii', 1, 0))
                                s.close()
                            reset(*login('before login'))
                            reset(*login('after login'))
                            s, t = login('idle')
                            sftp = t.open_sftp_client()
                            reset(s, t)
                            s, t = login('upload')
                            f = t.open_sftp_client().open('/upload', 'w')
                            f.set_pipelined(True)
                            f.write(b'x' * 3000000)
                            reset(s, t)
                            s, t = login('file')
                            sftp = t.open_sftp_client()
                            with sftp.open('/file', 'w') as f:
                                f.write(b'x' * 3000000)
                            f = sftp.open('/file')
                            f.prefetch()
                            f.read(1000)
                            reset(s, t)
                            s, t = login('listing')
                            sftp = t.open_sftp_client()
                            sftp.listdir('/')
                            s.shutdown(socket.SHUT_WR)
                            """, Integer.toString(gateway.port()), SftpGateway.PASSWORD)
                    .run(Patience.LIMIT)
                    .assertSuccess();
            Patience.await("all is over", () -> gateway.sessions().list().isEmpty());
            assertThat(silent.getInputStream().readAllBytes()).isNotEmpty();
            assertThat(log.lines()).isEmpty();
        }
    }
}
