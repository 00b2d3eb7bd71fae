package dev.slipway.app;

import static org.assertj.core.api.Assertions.assertThat;

import dev.slipway.testing.Patience;
import dev.slipway.testing.S3Bucket;
import dev.slipway.testing.S3Store;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Arrays;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/** {@code slipway doctor} on the command line. */
@S3Store
@Timeout(Patience.TEST_SECONDS)
class DoctorCommandTest {
    @TempDir
    private Path directory;

    private S3Bucket bucket;

    private record Result(int exitCode, String out, String err) {}

    @BeforeEach
    void useBucket(S3Bucket newBucket) {
        bucket = newBucket;
    }

    private Result doctor(String... arguments) {
        StringWriter out = new StringWriter();
        StringWriter err = new StringWriter();
        CommandLine commandLine = Main.commandLine();
        commandLine.setOut(new PrintWriter(out, true)).setErr(new PrintWriter(err, true));
        String[] all = new String[arguments.length + 3];
        all[0] = "doctor";
        all[1] = "--config";
        all[2] = directory.resolve("slipway.yml").toString();
        System.arraycopy(arguments, 0, all, 3, arguments.length);
        return new Result(commandLine.execute(all), out.toString(), err.toString());
    }

    private void configure(String name, String secret, String endpoint) throws IOException {
        Path file = Files.writeString(directory.resolve("slipway.yml"), """
                s3: {bucket: %s, endpoint: '%s', region: %s, accessKey: '%s', secretKey: '%s'}
                state: {directory: state}
                """.formatted(
                name, endpoint, bucket.endpoint().region(), bucket.endpoint().accessKey(), secret));
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
    }

    @Test
    void aWorldReadableConfigurationFileCausesAWarning() throws IOException {
        configure();
        Files.setPosixFilePermissions(directory.resolve("slipway.yml"), PosixFilePermissions.fromString("rw-r--r--"));
        Result result = doctor("--json");

        assertThat(result.exitCode()).isZero();
        assertThat(result.err()).startsWith("Warning: The configuration file ").contains("s3.secretKey");
    }

    private void configure() throws IOException {
        configure(
                bucket.name(),
                bucket.endpoint().secretKey(),
                bucket.endpoint().uri().toString());
    }

    @Test
    void aWorkingBucketIsReportedInPlainWords() throws IOException {
        configure();
        Result result = doctor();

        assertThat(result.exitCode()).as(result.err() + result.out()).isZero();
        assertThat(result.out())
                .contains(
                        "Bucket " + bucket.name(),
                        "Works:",
                        "Works differently:",
                        "Can objects be written in parts? yes")
                .contains("Slipway can work with this bucket.")
                .doesNotContain("Wrong:", bucket.endpoint().secretKey());
        try (BucketView stored = new BucketView(bucket)) {
            assertThat(stored.keys()).isEmpty();
        }
        assertThat(directory.resolve("state")).doesNotExist();
    }

    @Test
    void aScannerThatDoesNotAnswerCausesAWarning() throws IOException {
        configure();
        Files.writeString(
                directory.resolve("slipway.yml"),
                "scan: {clamd: " + directory.resolve("no.sock") + "}\n",
                StandardOpenOption.APPEND);
        Result result = doctor();

        assertThat(result.exitCode()).isZero();
        assertThat(result.out()).contains("Warning: Files cannot be scanned (scan.clamd): ");
    }

    @Test
    void programsGetJson() throws IOException {
        configure();
        Result result = doctor("--json");

        assertThat(result.exitCode()).isZero();
        assertThat(result.out().lines()).hasSize(1);
        assertThat(result.out())
                .startsWith("{\"usable\":true,\"buckets\":[{\"bucket\":\"" + bucket.name() + "\",\"usable\":true,")
                .contains("{\"check\":\"batch-delete\",\"level\":\"works\",");
    }

    @Test
    void problemsSetTheExitCode() throws IOException {
        configure(bucket.name(), "not-the-secret", bucket.endpoint().uri().toString());
        assertWrong(doctor(), "Does it accept the credentials? HTTP 403 SignatureDoesNotMatch", "s3.secretKey");

        configure(
                "no-such-bucket-here",
                bucket.endpoint().secretKey(),
                bucket.endpoint().uri().toString());
        assertWrong(doctor(), "Is the bucket there? HTTP 404 NoSuchBucket", "Create the bucket");

        configure(bucket.name(), bucket.endpoint().secretKey(), "http://127.0.0.1:1");
        assertWrong(doctor(), "Does the store answer?", "Check s3.endpoint");
    }

    private static void assertWrong(Result result, String... words) {
        assertThat(result.exitCode()).isEqualTo(1);
        assertThat(result.out())
                .contains(words)
                .contains("Wrong:", "Something is wrong")
                .doesNotContain("not-the-secret");
        assertThat(result.err()).isEmpty();
    }

    @Test
    void otherBucketsCanBeNamed() throws IOException {
        configure();
        Result result = doctor("no-such-bucket-here", bucket.name());

        assertThat(result.exitCode()).isEqualTo(1);
        assertThat(Arrays.asList(result.out().split("\\R")))
                .contains("Bucket no-such-bucket-here", "Bucket " + bucket.name());
    }

    @Test
    void bucketsOfAccountsInTheStateDatabaseAreProbedToo() throws IOException {
        configure();
        StringWriter out = new StringWriter();
        CommandLine add = Main.commandLine().setOut(new PrintWriter(out, true)).setErr(new PrintWriter(out, true));
        assertThat(add.execute(
                        "account",
                        "add",
                        "otto",
                        "--no-password",
                        "--mount",
                        "/=other-bucket/",
                        "--config",
                        directory.resolve("slipway.yml").toString()))
                .as(out.toString())
                .isZero();

        Result result = doctor();
        assertThat(result.exitCode()).isEqualTo(1);
        assertThat(result.out()).contains("Bucket other-bucket", "Bucket " + bucket.name());
    }

    @Test
    void aBadConfigurationIsNotProbed() throws IOException {
        Files.writeString(directory.resolve("slipway.yml"), "s3: {bukket: x}");
        Result result = doctor();

        assertThat(result.exitCode()).isEqualTo(2);
        assertThat(result.out()).isEmpty();
        assertThat(result.err()).contains("did you mean bucket?").doesNotContain("\tat ");

        Files.writeString(directory.resolve("slipway.yml"), "s3: {bucket: files, caFile: missing.pem}");
        result = doctor();
        assertThat(result.exitCode()).isEqualTo(1);
        assertThat(result.out()).isEmpty();
        assertThat(result.err()).contains("s3.caFile: ", "missing.pem").doesNotContain("\tat ");
    }
}
