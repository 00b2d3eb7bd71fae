package dev.slipway.app;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/** Backup and restore of the state database as an operator does them, while a gateway has it open. */
class BackupCommandTest {
    @TempDir
    private Path directory;

    private record Result(int exitCode, String out, String err) {}

    private static Result run(String... arguments) {
        StringWriter out = new StringWriter();
        StringWriter err = new StringWriter();
        CommandLine commandLine = Main.commandLine();
        commandLine.setOut(new PrintWriter(out, true)).setErr(new PrintWriter(err, true));
        return new Result(commandLine.execute(arguments), out.toString(), err.toString());
    }

    private Path configuration(String name) throws IOException {
        return Files.writeString(directory.resolve(name + ".yml"), """
                        s3: {endpoint: 'http://127.0.0.1:9', bucket: files, accessKey: x, secretKey: x}
                        state: {directory: '%s'}
                        """.formatted(directory.resolve(name)));
    }

    @Test
    void aBackupOfARunningGatewayHasItsAccounts() throws Exception {
        String configuration = configuration("one").toString();
        Path copy = directory.resolve("it's a copy.db");
        try (Gateway gateway = Gateway.builder()
                .endpoint(URI.create("http://127.0.0.1:9"))
                .credentials("x", "x")
                .bucket("files")
                .stateDirectory(directory.resolve("one"))
                .bind("127.0.0.1")
                .explicitPort(0)
                .sftpPort(0)
                .set("memory.parts", "64MiB")
                .set("memory.downloads", "32MiB")
                .start()) {
            assertThat(gateway.sftpPort()).isPresent();
            assertThat(run("account", "add", "otto", "--no-password", "--config", configuration)
                            .exitCode())
                    .isZero();

            Result backup = run("backup", copy.toString(), "--config", configuration);

            assertThat(backup.exitCode()).as(backup.err()).isZero();
            assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(copy)))
                    .isEqualTo("rw-------");
            // Later changes are not in the backup.
            run("account", "remove", "otto", "--config", configuration);
        }

        Files.createDirectory(directory.resolve("two"));
        Files.copy(copy, directory.resolve("two").resolve("slipway.db"));
        Result restored =
                run("account", "list", "--config", configuration("two").toString());
        assertThat(restored.exitCode()).as(restored.err()).isZero();
        assertThat(restored.out()).contains("otto");
        try (var files = Files.list(directory)) {
            assertThat(files.map(file -> file.getFileName().toString())).noneMatch(name -> name.contains("unfinished"));
        }
    }

    @Test
    void aBackupNeverOverwritesAndNeedsADatabase() throws Exception {
        Path copy = Files.writeString(directory.resolve("copy.db"), "precious");
        String configuration = configuration("none").toString();

        Result missing = run("backup", directory.resolve("new.db").toString(), "--config", configuration);
        assertThat(missing.exitCode()).isEqualTo(1);
        assertThat(missing.err()).contains("slipway.db: no such file");
        assertThat(directory.resolve("new.db")).doesNotExist();
        assertThat(directory.resolve("none")).doesNotExist();

        assertThat(run("account", "add", "otto", "--no-password", "--config", configuration)
                        .exitCode())
                .isZero();
        Result existing = run("backup", copy.toString(), "--config", configuration);
        assertThat(existing.exitCode()).isEqualTo(1);
        assertThat(existing.err()).contains("copy.db already exists");
        assertThat(copy).hasContent("precious");
        Result folder = run("backup", directory.resolve("no/such/folder.db").toString(), "--config", configuration);
        assertThat(folder.exitCode()).isEqualTo(1);
        assertThat(folder.err()).contains("no/such: no such file or folder").doesNotContain("\tat ");
    }
}
