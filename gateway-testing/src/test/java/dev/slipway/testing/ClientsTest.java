package dev.slipway.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ClientsTest {
    private static final Duration LONG_ENOUGH = Patience.LIMIT;

    @Test
    void capturesOutputAndExitCode() throws Exception {
        ClientResult result = Clients.command(
                        "python3",
                        "-c",
                        "import sys; print(sys.stdin.read()); print('bad', file=sys.stderr); sys.exit(3)")
                .input("grüße")
                .run(LONG_ENOUGH);
        assertThat(result.exitCode()).isEqualTo(3);
        assertThat(result.stdout()).isEqualTo("grüße\n");
        assertThat(result.stderr()).isEqualTo("bad\n");
        assertThat(result.assertFailure()).isSameAs(result);
        assertThatThrownBy(result::assertSuccess)
                .isInstanceOf(AssertionError.class)
                .hasMessageContaining("bad");
    }

    @Test
    void runsInTheFolderAndAnEmptyHome(@TempDir Path folder) throws Exception {
        Files.writeString(folder.resolve("here"), "");
        ClientResult result = Clients.command("sh", "-c", "ls; ls \"$HOME\"")
                .in(folder)
                .run(LONG_ENOUGH)
                .assertSuccess();
        assertThat(result.stdout()).isEqualTo("here\n");
    }

    @Test
    void killsProgramsThatTakeTooLong() {
        assertThatThrownBy(() ->
                        Clients.command("sh", "-c", "echo started; sleep 60").run(Duration.ofSeconds(1)))
                .isInstanceOf(AssertionError.class)
                .hasMessageContaining("did not end within")
                .hasMessageContaining("started");
    }

    @Test
    void killsOnRequest() throws Exception {
        try (RunningClient client = Clients.command("sleep", "60").start()) {
            assertThat(client.isAlive()).isTrue();
            assertThat(client.kill().exitCode()).isEqualTo(128 + 9);
            assertThat(client.isAlive()).isFalse();
        }
    }

    @Test
    void saysWhatToInstall() {
        assertThatThrownBy(() -> Clients.command("no-such-program"))
                .hasMessageContaining("apt-get install no-such-program");
    }

    @Test
    void findsTheClientsThatTestsUse() throws Exception {
        Clients.command("python3", "-c", "import paramiko, ftplib")
                .run(LONG_ENOUGH)
                .assertSuccess();
        for (String program : new String[] {"curl", "lftp", "rclone"}) {
            Clients.command(program, "--version").run(LONG_ENOUGH).assertSuccess();
        }
        Clients.command("ssh", "-V").run(LONG_ENOUGH).assertSuccess();
    }
}
