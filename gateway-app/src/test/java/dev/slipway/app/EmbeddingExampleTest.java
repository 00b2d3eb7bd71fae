package dev.slipway.app;

import static org.assertj.core.api.Assertions.assertThat;

import dev.slipway.app.Protocol.ListenPorts;
import dev.slipway.testing.Patience;
import dev.slipway.testing.S3Bucket;
import dev.slipway.testing.S3Store;
import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The program in docs/guides/embed.md does what the guide says. */
@S3Store
@Timeout(value = Patience.TEST_SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class EmbeddingExampleTest {
    private static final Path ROOT =
            Path.of(System.getProperty("slipway.root", Path.of("..").toString()));
    private static final Duration LIMIT = Patience.LIMIT;
    private static final Pattern ONLY_FOR_THE_COMMAND_LINE =
            Pattern.compile("/(s3proxy|guava|logback-core|logback-classic|logstash-logback-encoder)-[^/]*\\.jar$");

    @TempDir
    private Path directory;

    @Test
    void theGuideShowsTheExampleAsItIs() throws IOException {
        String source = Files.readString(ROOT.resolve("gateway-app/src/test/java/example/EmbeddedGateway.java"));

        assertThat(Files.readString(ROOT.resolve("docs/guides/embed.md"))).contains("```java\n" + source + "```\n");
    }

    /** Without the libraries that the guide excludes, and without logging libraries, which only the command line uses. */
    private static String classPath() {
        List<String> all = List.of(System.getProperty("java.class.path").split(File.pathSeparator));
        List<String> left = all.stream()
                .filter(library -> !ONLY_FOR_THE_COMMAND_LINE.matcher(library).find())
                .toList();
        assertThat(left).hasSizeLessThanOrEqualTo(all.size() - 5);
        return String.join(File.pathSeparator, left);
    }

    @Test
    void anUploadIsReportedAndStored(S3Bucket bucket) throws Exception {
        Path file = Files.writeString(directory.resolve("hello.txt"), "hello");
        Process program = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Xmx256m",
                        "-XX:MaxDirectMemorySize=1g",
                        "--enable-native-access=ALL-UNNAMED",
                        "--sun-misc-unsafe-memory-access=allow",
                        "-cp",
                        classPath(),
                        "example.EmbeddedGateway",
                        bucket.endpoint().uri().toString(),
                        bucket.endpoint().accessKey(),
                        bucket.endpoint().secretKey(),
                        bucket.name(),
                        directory.resolve("state").toString())
                .redirectError(directory.resolve("stderr").toFile())
                .start();
        try (BufferedReader out = program.inputReader();
                BucketView stored = new BucketView(bucket)) {
            String first = out.readLine();
            assertThat(first).as(Files.readString(directory.resolve("stderr"))).startsWith("SFTP on port ");
            int port = Integer.parseInt(first.substring("SFTP on port ".length()));
            assertThat(out.readLine()).isEqualTo("Press Enter to end");

            Protocol.SFTP
                    .upload(new ListenPorts(0, 0, port), file, "hello.txt", Protocol.UNLIMITED)
                    .run(LIMIT)
                    .assertSuccess();

            assertThat(out.readLine()).isEqualTo("/hello.txt is stored: 5 bytes");
            assertThat(stored.get("hello.txt")).asString().isEqualTo("hello");
            program.outputWriter().append('\n').close();
            assertThat(program.waitFor(LIMIT.toSeconds(), TimeUnit.SECONDS)).isTrue();
            assertThat(program.exitValue()).isZero();
        } finally {
            program.destroyForcibly();
        }
    }
}
