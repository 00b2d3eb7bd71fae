package dev.slipway.app;

import static org.assertj.core.api.Assertions.assertThat;

import dev.slipway.testing.Clients;
import dev.slipway.testing.Patience;
import dev.slipway.testing.S3Bucket;
import dev.slipway.testing.S3Store;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Clients that guess passwords, and other clients with the same address or account. */
@S3Store
@Timeout(value = Patience.TEST_SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class GuessedPasswordsTest {
    private static final Duration LIMIT = Patience.LIMIT;

    private static final String GUESSES = """
            import ftplib, paramiko, socket, sys, time
            ftp_port, ssh_port, user, password = int(sys.argv[1]), int(sys.argv[2]), *sys.argv[3:]

            def ftp(name, secret, client):
                ftp = ftplib.FTP(timeout=60)
                ftp.connect('127.0.0.1', ftp_port, source_address=(client, 0))
                began = time.monotonic()
                try:
                    ftp.login(name, secret)
                    return True, time.monotonic() - began
                except ftplib.error_perm as e:
                    assert str(e) == '530 Login incorrect.', e
                    return False, time.monotonic() - began
                finally:
                    ftp.close()

            def sftp(name, secret, client):
                transport = paramiko.Transport(socket.create_connection(('127.0.0.1', ssh_port), 60, (client, 0)))
                transport.start_client(timeout=60)
                began = time.monotonic()
                try:
                    transport.auth_password(name, secret)
                    return True, time.monotonic() - began
                except paramiko.AuthenticationException:
                    return False, time.monotonic() - began
                finally:
                    transport.close()

            office, home, attacker = '127.0.0.9', '127.0.0.8', '127.0.0.7'
            times = []

            def right(login, name, client):
                done, took = login(name, password, client)
                return done

            def guess(login, name, client):
                done, took = login(name, 'wrong', client)
                assert not done
                times.append(took)

            # One broken client in an office uses up what its address may fail, and its neighbours go on.
            assert right(ftp, user, office)
            for i in range(12):
                guess(ftp, 'old%d' % i, office)
                guess(sftp, 'old%d' % i, office)
            assert right(ftp, user, office) and right(sftp, user, office)
            assert not right(ftp, 'ben', office), 'the budget of the address holds'

            # Who guesses is refused, by both protocols, and locks nobody out but himself.
            for i in range(8):
                guess(ftp if i % 2 else sftp, 'ben', attacker)
            done, took = ftp('ben', password, attacker)
            assert not done, 'refused'
            times.append(took)
            assert right(sftp, 'ben', home)

            # Nor can it be told by the time that a login was refused.
            assert min(times) >= 0.09, times
            """;

    @TempDir
    private Path directory;

    @Test
    void guessingPasswordsDoesNotBlockOthersAndRevealsNothing(S3Bucket bucket) throws Exception {
        try (Gateway gateway = RunningGateway.builder(bucket.endpoint().uri(), bucket, directory)
                .account("ben", Protocol.PASSWORD)
                .set("ftps.plain", "true")
                // Nothing expires meanwhile, however slow the machine is.
                .set("logins.forgetAfter", "10h")
                .set("logins.firstRefusal", "1h")
                .set("logins.longestRefusal", "1h")
                .start()) {
            assertThat(gateway.awaitReady(LIMIT)).isTrue();

            Clients.command(
                            "python3",
                            "-c",
                            GUESSES,
                            String.valueOf(gateway.explicitPort().orElseThrow()),
                            String.valueOf(gateway.sftpPort().orElseThrow()),
                            Protocol.USER,
                            Protocol.PASSWORD)
                    .run(LIMIT)
                    .assertSuccess();
        }
    }
}
