package example;

import static org.assertj.core.api.Assertions.assertThat;

import dev.slipway.testing.ClientCommand;
import dev.slipway.testing.ClientResult;
import dev.slipway.testing.Clients;
import dev.slipway.testing.Patience;
import dev.slipway.testing.S3Bucket;
import dev.slipway.testing.S3Store;
import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The programs of this folder do what they say, with clients of their users. */
@S3Store
@Timeout(value = Patience.TEST_SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class ExamplesTest {
    private static final Path ROOT =
            Path.of(System.getProperty("slipway.root", Path.of("..").toString()));
    private static final Duration LIMIT = Patience.LIMIT;
    private static final Pattern NOT_THE_PROGRAMS =
            Pattern.compile("/(s3proxy|guava|logback-core|logback-classic)-[^/]*\\.jar$");

    @TempDir
    private Path folder;

    /** Without what the guide excludes, and without the logging of the tests. */
    private static String classPath() {
        return Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator))
                .filter(library -> !NOT_THE_PROGRAMS.matcher(library).find())
                .collect(Collectors.joining(File.pathSeparator));
    }

    /** A program that has started. */
    private final class Program implements AutoCloseable {
        private final Process process;
        private final BufferedReader out;
        private final int port;

        Program(Class<?> program, S3Bucket bucket) throws IOException {
            process = new ProcessBuilder(
                            Path.of(System.getProperty("java.home"), "bin", "java")
                                    .toString(),
                            "-Xmx256m",
                            "-XX:MaxDirectMemorySize=1g",
                            "--enable-native-access=ALL-UNNAMED",
                            "--sun-misc-unsafe-memory-access=allow",
                            "-cp",
                            classPath(),
                            program.getName(),
                            bucket.endpoint().uri().toString(),
                            bucket.endpoint().accessKey(),
                            bucket.endpoint().secretKey(),
                            bucket.name(),
                            folder.resolve("state").toString())
                    .redirectError(folder.resolve("stderr").toFile())
                    .start();
            out = process.inputReader();
            String first = line();
            assertThat(first).as(stderr()).startsWith("SFTP on port ");
            port = Integer.parseInt(first.substring("SFTP on port ".length()));
            assertThat(line()).isEqualTo("Press Enter to end");
        }

        String line() throws IOException {
            return String.valueOf(out.readLine());
        }

        String stderr() throws IOException {
            return Files.readString(folder.resolve("stderr"));
        }

        ClientResult sftp(String user, String password, String batch) throws Exception {
            Path ask = Files.writeString(folder.resolve("ask"), "#!/bin/sh\necho " + password + "\n");
            assertThat(ask.toFile().setExecutable(true)).isTrue();
            List<String> all = new ArrayList<>(List.of("-F", "none", "-P", String.valueOf(port)));
            all.addAll(List.of("-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null"));
            all.addAll(List.of("-o", "NumberOfPasswordPrompts=1", "-o", "BatchMode=no", "-b", "-"));
            all.add(user + "@127.0.0.1");
            ClientCommand command = Clients.command("sftp", all.toArray(String[]::new));
            return command.environment("SSH_ASKPASS", ask.toString())
                    .environment("SSH_ASKPASS_REQUIRE", "force")
                    .input(batch)
                    .run(LIMIT);
        }

        void enter() throws IOException {
            process.outputWriter().append('\n').close();
        }

        void awaitEnd() throws InterruptedException, IOException {
            assertThat(process.waitFor(LIMIT.toSeconds(), TimeUnit.SECONDS)).isTrue();
            assertThat(process.exitValue()).as(stderr()).isZero();
        }

        @Override
        public void close() {
            process.destroyForcibly();
        }
    }

    @Test
    void theGuideShowsTheSmallestProgramAsItIs() throws IOException {
        String source = Files.readString(ROOT.resolve("examples/src/main/java/example/EmbeddedGateway.java"));

        assertThat(Files.readString(ROOT.resolve("docs/guides/embed.md"))).contains("```java\n" + source + "```\n");
    }

    @Test
    void theSmallestProgramReportsAnUpload(S3Bucket bucket) throws Exception {
        Path file = Files.writeString(folder.resolve("hello.txt"), "hello");
        try (Program program = new Program(EmbeddedGateway.class, bucket)) {
            program.sftp("anna", "secret-of-anna", "put " + file + " hello.txt\n")
                    .assertSuccess();

            assertThat(program.line()).isEqualTo("/hello.txt is stored: 5 bytes");
            program.enter();
            program.awaitEnd();
        }
    }

    @Test
    void usersOfAProgramHaveAFolderEach(S3Bucket bucket) throws Exception {
        Path file = Files.writeString(folder.resolve("hello.txt"), "hello");
        try (Program program = new Program(OwnUsers.class, bucket)) {
            program.sftp("ben", "wrong", "ls\n").assertFailure();
            program.sftp("nobody", "secret-of-ben", "ls\n").assertFailure();
            program.sftp("ben", "secret-of-ben", "put " + file + " hello.txt\n").assertSuccess();

            assertThat(program.sftp("ben", "secret-of-ben", "ls -1\n")
                            .assertSuccess()
                            .stdout())
                    .contains("hello.txt", "shared");
            assertThat(program.sftp("eve", "secret-of-eve", "ls -1\n")
                            .assertSuccess()
                            .stdout())
                    .doesNotContain("hello.txt");
            program.sftp("eve", "secret-of-eve", "put " + file + " shared/hello.txt\n")
                    .assertFailure();
            program.enter();
            program.awaitEnd();
        }
    }

    @Test
    void aSpringBootApplicationCountsUploads(S3Bucket bucket) throws Exception {
        Path file = Files.writeString(folder.resolve("hello.txt"), "hello");
        try (Program program = new Program(SpringGateway.class, bucket)) {
            program.sftp("anna", "secret-of-anna", "put " + file + " hello.txt\n")
                    .assertSuccess();
            program.enter();

            assertThat(program.line()).isEqualTo("Uploads: 1");
            program.awaitEnd();
        }
    }
}
