package dev.slipway.app;

import static org.assertj.core.api.Assertions.assertThat;

import dev.slipway.testing.Clients;
import dev.slipway.testing.Patience;
import java.io.BufferedReader;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The demo as a separate process, used as its card says. */
@Timeout(value = Patience.TEST_SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class DemoTest {
    private static final Duration LIMIT = Patience.LIMIT;

    @TempDir
    private Path directory;

    /** A demo on free ports. Closing kills it, as `kill -9` does. */
    private final class Demo implements AutoCloseable {
        private final Process process;
        private final List<String> card = new ArrayList<>();

        Demo(String... arguments) throws IOException {
            List<String> command = new ArrayList<>(List.of(
                    Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                    "-Xmx256m",
                    "-XX:MaxDirectMemorySize=1g",
                    "--enable-native-access=ALL-UNNAMED",
                    "--sun-misc-unsafe-memory-access=allow",
                    "-cp",
                    System.getProperty("java.class.path"),
                    Main.class.getName(),
                    "demo",
                    "--data",
                    data().toString()));
            for (String option : List.of(
                    "--ftp-port", "--ftps-port", "--passive-ports", "--sftp-port", "--s3-port", "--admin-port")) {
                if (!List.of(arguments).contains(option)) {
                    command.addAll(List.of(option, "0"));
                }
            }
            command.addAll(List.of(arguments));
            ProcessBuilder builder = new ProcessBuilder(command)
                    .redirectError(directory.resolve("stderr").toFile());
            // A proxy in the environment must not affect the store.
            builder.environment().put("http_proxy", "http://127.0.0.1:1");
            builder.environment().put("HTTP_PROXY", "http://127.0.0.1:1");
            process = builder.start();
        }

        Demo untilReady() throws IOException {
            BufferedReader out = process.inputReader(StandardCharsets.UTF_8);
            String line = out.readLine();
            while (line != null) {
                card.add(line);
                // The last line of the card.
                if (line.startsWith("  ssh ")) {
                    return this;
                }
                line = out.readLine();
            }
            throw new AssertionError("the demo ended: " + Files.readString(directory.resolve("stderr")));
        }

        String value(String label) {
            return card.stream()
                    .map(String::strip)
                    .filter(line -> line.startsWith(label + " "))
                    .findFirst()
                    .orElseThrow()
                    .substring(label.length())
                    .strip();
        }

        List<String> commands() {
            return card.stream()
                    .filter(line -> line.matches("  (echo|curl|lftp|sftp|ssh) .*"))
                    .map(String::strip)
                    .toList();
        }

        @Override
        public void close() {
            process.destroyForcibly();
            assertThat(process.onExit()
                            .orTimeout(Patience.SECONDS, TimeUnit.SECONDS)
                            .join()
                            .isAlive())
                    .isFalse();
        }
    }

    private Path data() {
        return directory.resolve("data of mine");
    }

    @Test
    void theCommandsOfTheCardWorkAndWhatWasUploadedSurvivesKill9() throws Exception {
        String certificate;
        Path password = Files.writeString(directory.resolve("password"), "it's a secret\n");
        try (Demo demo = new Demo("--password-file", password.toString()).untilReady()) {
            assertThat(demo.card.getFirst()).startsWith("ready");
            List<String> output = new ArrayList<>();
            for (String command : demo.commands()) {
                output.add(paste(command, "it's a secret"));
            }
            assertThat(output).hasSize(7);
            assertThat(output.get(2)).contains("hello.txt");
            assertThat(output.get(3)).isEqualTo("hello\n");
            assertThat(output.get(4)).contains("hello.txt");
            assertThat(output.get(5)).contains("hello.txt");
            assertThat(output.get(6)).containsSubsequence("ACCOUNT", "ssh", "demo");
            certificate = demo.value("certificate");
            assertThat(paste("curl -sS " + demo.value("Metrics"), "")).contains("slipway_ready 1.0");
        }
        try (Demo again = new Demo().untilReady()) {
            assertThat(again.value("User")).isEqualTo("demo");
            assertThat(again.value("Password")).isEqualTo("it's a secret");
            assertThat(again.value("certificate")).isEqualTo(certificate);
            assertThat(paste(again.commands().get(3), "")).isEqualTo("hello\n");
        }
    }

    /** Runs a line of the card in a shell; sftp and ssh, which ask for it, get the password and then a command. */
    private String paste(String command, String password) throws Exception {
        Path askPassword =
                Files.writeString(directory.resolve("ask"), "#!/bin/sh\nprintf '%s\\n' \"$SLIPWAY_TEST_PASSWORD\"\n");
        assertThat(askPassword.toFile().setExecutable(true)).isTrue();
        String line = command.replaceFirst("^(sftp|ssh) ", "$1 -F none -o StrictHostKeyChecking=yes ");
        return Clients.command("bash", "-c", line)
                .in(directory)
                .environment("SSH_ASKPASS", askPassword.toString())
                .environment("SSH_ASKPASS_REQUIRE", "force")
                .environment("SLIPWAY_TEST_PASSWORD", password)
                .input("ls\n")
                .run(LIMIT)
                .assertSuccess()
                .stdout();
    }

    @Test
    void sigtermShutsItDownGracefully() throws Exception {
        try (Demo demo = new Demo().untilReady()) {
            demo.process.destroy();

            assertThat(demo.process.waitFor(LIMIT.toSeconds(), TimeUnit.SECONDS))
                    .isTrue();
            assertThat(demo.process.exitValue()).isZero();
            assertThat(Files.readString(directory.resolve("stderr"))).isEmpty();
        }
    }

    @Test
    void portsInUseAreNamedWithTheirOptions() throws Exception {
        InetAddress loopback = InetAddress.ofLiteral("127.0.0.1");
        try (ServerSocket first = new ServerSocket(0, 1, loopback);
                ServerSocket second = new ServerSocket(0, 1, loopback);
                Demo demo = new Demo(
                        "--ftp-port",
                        String.valueOf(first.getLocalPort()),
                        "--s3-port",
                        String.valueOf(second.getLocalPort()))) {
            assertThat(demo.process.waitFor(LIMIT.toSeconds(), TimeUnit.SECONDS))
                    .isTrue();

            assertThat(demo.process.exitValue()).isEqualTo(1);
            assertThat(Files.readString(directory.resolve("stderr")))
                    .contains("port " + first.getLocalPort() + " is not available", "--ftp-port")
                    .contains("port " + second.getLocalPort() + " is not available", "--s3-port")
                    .doesNotContain("\tat ");
        }
    }
}
