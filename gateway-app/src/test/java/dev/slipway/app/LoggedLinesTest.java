package dev.slipway.app;

import static org.assertj.core.api.Assertions.assertThat;

import dev.slipway.testing.ClientCommand;
import dev.slipway.testing.Clients;
import dev.slipway.testing.Patience;
import dev.slipway.testing.S3Bucket;
import dev.slipway.testing.S3Store;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The log of a gateway while real clients use it, parsed as operators and their programs do. */
@S3Store
@Timeout(value = Patience.TEST_SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class LoggedLinesTest {
    private static final Duration LIMIT = Patience.LIMIT;

    @TempDir
    private Path directory;

    private static ClientCommand curl(ServeProcess gateway, String login, String... arguments) {
        String[] all = new String[arguments.length + 4];
        all[0] = "-sSk";
        all[1] = "--user";
        all[2] = login;
        System.arraycopy(arguments, 0, all, 3, arguments.length);
        all[all.length - 1] = "ftps://127.0.0.1:" + gateway.ports().implicit() + "/";
        return Clients.command("curl", all);
    }

    private static void useIt(ServeProcess gateway, Path file) throws Exception {
        String login = Protocol.USER + ":" + Protocol.PASSWORD;
        curl(gateway, login, "-T", file.toString()).run(LIMIT).assertSuccess();
        curl(gateway, login, "-Q", "DELE missing").run(LIMIT).assertFailure();
        curl(gateway, "mallory:wrong-password").run(LIMIT).assertFailure();
        Protocol.SFTP
                .download(
                        gateway.ports(),
                        "\"" + file.getFileName().toString().replace("\"", "\\\"") + "\"",
                        file.resolveSibling("copy"))
                .run(LIMIT)
                .assertSuccess();
    }

    @Test
    void jsonLinesHaveTheDocumentedFields(S3Bucket bucket) throws Exception {
        Path file = Files.writeString(directory.resolve("hello \"you\".txt"), "hello");
        Path configuration = ServeProcess.configuration(directory, bucket, "log: {format: json}");
        try (ServeProcess gateway = ServeProcess.start(directory.resolve("log"), configuration)) {
            useIt(gateway, file);
            await(gateway, "\"download\"");
            gateway.process().destroy();
            gateway.process().onExit().join();

            List<JsonNode> lines =
                    gateway.log().lines().map(JsonMapper.shared()::readTree).toList();

            assertThat(lines).allSatisfy(line -> {
                assertThat(Instant.parse(line.get("time").asString())).isNotNull();
                assertThat(line.get("level").asString()).isIn("INFO", "WARN", "ERROR");
                assertThat(line.has("logger")).isTrue();
                assertThat(line.has("thread")).isTrue();
            });
            JsonNode upload = audit(lines, "upload");
            assertThat(upload.get("protocol").asString()).isEqualTo("ftps");
            assertThat(upload.get("address").asString()).isEqualTo("127.0.0.1");
            assertThat(upload.get("account").asString()).isEqualTo(Protocol.USER);
            assertThat(upload.get("path").asString()).isEqualTo("/hello \"you\".txt");
            assertThat(upload.get("bytes").longValue()).isEqualTo(5);
            assertThat(upload.get("ms").isNumber()).isTrue();
            assertThat(upload.get("outcome").asString()).isEqualTo("ok");
            assertThat(upload.get("session").asString())
                    .isEqualTo(audit(lines, "login").get("session").asString());
            assertThat(audit(lines, "delete").get("failure").asString()).isEqualTo("not-found");
            assertThat(audit(lines, "login-failed").get("account").asString()).isEqualTo("mallory");
            assertThat(audit(lines, "download").get("protocol").asString()).isEqualTo("sftp");
            assertThat(gateway.log()).doesNotContain(Protocol.PASSWORD, "wrong-password");
        }
    }

    @Test
    void theStartLogsWhatIsServedWhereAndTheSettingsAtDebug(S3Bucket bucket) throws Exception {
        Path configuration = ServeProcess.configuration(directory, bucket, "");
        Files.setPosixFilePermissions(configuration, PosixFilePermissions.fromString("rw-r--r--"));
        try (ServeProcess gateway = ServeProcess.start(directory.resolve("log"), configuration)) {
            assertThat(gateway.log().lines().toList().getFirst())
                    .contains("Slipway ", bucket.name(), bucket.endpoint().uri().toString(), configuration.toString());
            assertThat(gateway.log())
                    .contains("contains secrets (s3.secretKey and 1 more)")
                    .containsSubsequence("FTP with explicit TLS on", "SFTP listens on", "the gateway is ready")
                    .doesNotContain(" = ");
        }
        Path detailed = ServeProcess.configuration(directory, bucket, "log: {level: debug}");
        try (ServeProcess gateway = ServeProcess.start(directory.resolve("debug.log"), detailed)) {
            assertThat(gateway.log()).contains("DEBUG", "s3.bucket = " + bucket.name(), "accounts[0].password = ***");
        }
    }

    private static JsonNode audit(List<JsonNode> lines, String event) {
        return lines.stream()
                .filter(line -> line.get("logger").asString().equals("audit")
                        && line.get("event").asString().equals(event))
                .findFirst()
                .orElseThrow();
    }

    @Test
    void theAuditLogHasASeparateFileIfConfigured(S3Bucket bucket) throws Exception {
        Path file = Files.writeString(directory.resolve("hello.txt"), "hello");
        Path auditFile = directory.resolve("audit.log");
        Path configuration = ServeProcess.configuration(directory, bucket, "log: {auditFile: '" + auditFile + "'}");
        try (ServeProcess gateway = ServeProcess.start(directory.resolve("log"), configuration)) {
            useIt(gateway, file);
            Patience.await("the last line", () -> read(auditFile).contains("event=download"));

            assertThat(read(auditFile).lines())
                    .anyMatch(line -> line.matches("20\\S+T\\S+Z INFO  audit - event=login-failed protocol=ftps"
                            + " address=127.0.0.1 account=mallory method=password"))
                    .allMatch(line -> line.contains(" audit - event="));
            assertThat(gateway.log()).doesNotContain("event=");
            assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(auditFile)))
                    .as("of what is logged about clients")
                    .isIn("rw-r-----", "rw-------");
        }
    }

    @Test
    void anUnwritableAuditFileIsReportedAtTheStart(S3Bucket bucket) throws Exception {
        Path configuration = ServeProcess.configuration(directory, bucket, "log: {auditFile: /proc/slipway/audit.log}");
        Process process = new ProcessBuilder(ServeProcess.command("serve", "--config", configuration.toString()))
                .redirectErrorStream(true)
                .start();

        assertThat(process.inputReader().readAllAsString())
                .contains("log.auditFile /proc/slipway/audit.log cannot be written")
                .doesNotContain("\tat ");
        assertThat(process.waitFor()).isEqualTo(1);
    }

    private static void await(ServeProcess gateway, String text) throws InterruptedException {
        Patience.await(text, () -> gateway.log().contains(text));
    }

    private static String read(Path file) {
        try {
            return Files.exists(file) ? Files.readString(file) : "";
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
