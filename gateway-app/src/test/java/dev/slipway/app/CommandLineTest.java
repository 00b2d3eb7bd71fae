package dev.slipway.app;

import static org.assertj.core.api.Assertions.assertThat;

import dev.slipway.app.config.SettingsReference;
import dev.slipway.app.keys.CertificateSource.PemFiles;
import dev.slipway.app.keys.DevelopmentCa;
import dev.slipway.app.keys.Fingerprints;
import dev.slipway.app.keys.ServerCertificate;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import picocli.CommandLine;

/** Commands that end by themselves, on the command line. */
class CommandLineTest {
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

    @Test
    void helpNamesTheCommandsAndTheVersionIsTheBuilds() {
        assertThat(run("--help").out()).contains("demo", "serve", "doctor", "config", "certs", "hash-password");
        assertThat(run("--version").out()).matches("Slipway \\d+\\.\\d+\\.\\d+(-SNAPSHOT)?, Java 25.*\\R");
    }

    @Test
    void withoutACommandHelpIsShown() {
        Result result = run();

        assertThat(result.exitCode()).isEqualTo(2);
        assertThat(result.err()).contains("slipway demo");
    }

    @Test
    void aValidConfigurationIsShownWithoutItsSecrets() throws IOException {
        Result result = run("config", "check", "--config", write("""
                s3: {bucket: files}
                accounts: [{name: anna, password: hidden}]
                """));

        assertThat(result.exitCode()).as(result.err()).isZero();
        assertThat(result.out())
                .contains(
                        "s3.bucket = files",
                        "ftps.explicitPort = 8021",
                        "accounts[0].password = ***",
                        "The configuration is valid.")
                .doesNotContain("hidden");
    }

    @Test
    void aWorldReadableConfigurationFileWithSecretsCausesAWarning() throws IOException {
        Path file = Path.of(write("""
                s3: {bucket: files, secretKey: hidden, accessKey: key}
                accounts: [{name: anna, password: hidden}]
                """));
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r--r--"));
        Result result = run("config", "check", "--config", file.toString());
        assertThat(result.exitCode()).isZero();
        assertThat(result.err())
                .isEqualTo(
                        "Warning: The configuration file " + file + " contains secrets (s3.secretKey and 1 more), and"
                                + " every user of this machine can read it (mode rw-r--r--). Run: chmod 640 " + file
                                + System.lineSeparator());
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
        assertThat(run("config", "check", "--config", file.toString()).err()).isEmpty();

        Path harmless = Path.of(write("s3: {bucket: files}\n"));
        Files.setPosixFilePermissions(harmless, PosixFilePermissions.fromString("rw-r--r--"));
        assertThat(run("config", "check", "--config", harmless.toString()).err())
                .isEmpty();
    }

    @Test
    void anInvalidConfigurationShowsEveryProblem() throws IOException {
        Result result = run("config", "check", "--config", write("""
                s3: {bukket: files}
                sftp: {port: none}
                """));

        assertThat(result.exitCode()).isEqualTo(2);
        assertThat(result.err())
                .contains("The configuration has 2 problems")
                .contains("did you mean bucket?")
                .contains("sftp.port is 'none'")
                .doesNotContain("\tat ");
    }

    @Test
    void theCheckReportsAllProblemsOfFilesAndAddressesAtOnce() throws IOException {
        Files.writeString(directory.resolve("text"), "no key\n");
        Files.writeString(
                Files.createDirectory(directory.resolve("hostkeys")).resolve("ssh_host_rsa_key"), "no key either\n");
        Result result = run("config", "check", "--config", write("""
                s3: {bucket: files, caFile: missing-ca.pem}
                ftps:
                  certificate: missing-cert.pem
                  key: missing-key.pem
                  clientCertificates: optional
                  clientCaFile: missing-clients.pem
                sftp: {hostKeys: hostkeys, trustedUserCaFile: missing-users, revokedKeys: missing-revoked}
                admin: {bind: no-such-host.invalid}
                storage: [{prefix: a/, encryption: customer, customerKeyFile: missing-customer}]
                remotes: [{name: far, host: h, user: u, keyFile: missing-id, knownHostsFile: missing-hosts}]
                log: {auditFile: text/audit.log}
                amqp: {host: h, tls: true, caFile: missing-broker.pem, username: u, password: p, queue: q, remote: far}
                transfer: {secretKeyFile: text}
                openpgpKeys: [{name: partner, file: missing-partner.asc}]
                accounts: [{name: anna, password: x}]
                """));

        assertThat(result.exitCode()).isEqualTo(1);
        assertThat(result.err())
                .contains("15 problems")
                .contains("s3.caFile: ", "missing-ca.pem")
                .contains("ftps.certificate: " + directory.resolve("missing-cert.pem") + ": no such file")
                .contains("ftps.key: ", "missing-key.pem")
                .contains("log.auditFile is ", "audit.log': cannot be written")
                .contains("ftps.clientCaFile: ", "missing-clients.pem")
                .contains("sftp.hostKeys: ", "ssh_host_rsa_key")
                .contains("sftp.trustedUserCaFile: ", "missing-users")
                .contains("sftp.revokedKeys: ", "missing-revoked")
                .contains("admin.bind is 'no-such-host.invalid'")
                .contains("storage[0].customerKeyFile is ", "missing-customer")
                .contains("remotes[0].keyFile is ", "missing-id")
                .contains("remotes[0].knownHostsFile is ", "missing-hosts")
                .contains("amqp.caFile is ", "missing-broker.pem")
                .contains("openpgpKeys[0].file is ", "missing-partner.asc", "cannot be read")
                .contains("transfer.secretKeyFile: ", "must be 32 bytes in Base64")
                .doesNotContain("\tat ");
        assertThat(result.out()).doesNotContain("The configuration is valid.");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            ftps: {certificate: cert.pem, key: text}             | ftps.key
            ftps: {certificate: text, key: key.pem}              | ftps.certificate
            ftps: {certificate: cert.pem, key: key.pem}          | ftps.certificate and ftps.key
            sftp: {hostKeys: text}                               | sftp.hostKeys
            ftps: {keyStore: missing, keyStorePassword: x}       | ftps.keyStore
            ftps: {keyStore: text, keyStorePassword: x}          | ftps.keyStore
            sftp: {trustedUserCaFile: text}                      | sftp.trustedUserCaFile
            sftp: {revokedKeys: text}                            | sftp.revokedKeys
            s3: {bucket: files, caFile: text}                    | s3.caFile
            """)
    void anInvalidFileIsFoundByTheCheck(String section, String key) throws IOException {
        Files.writeString(directory.resolve("text"), "neither key nor certificate\n");
        Path certificates = directory.resolve("certificates");
        DevelopmentCa ca = DevelopmentCa.openOrCreate(certificates);
        PemFiles one = ca.server("one", List.of("localhost"));
        PemFiles other = ca.server("other", List.of("localhost"));
        Files.copy(one.certificate(), directory.resolve("cert.pem"));
        Files.copy(other.key(), directory.resolve("key.pem"));
        String bucket = section.startsWith("s3:") ? "" : "s3: {bucket: files}\n";
        Result result = run(
                "config",
                "check",
                "--config",
                write(bucket + "accounts: [{name: anna, password: x}]\n" + section + "\n"));

        assertThat(result.exitCode()).isEqualTo(1);
        assertThat(result.err()).contains("has 1 problem", key).doesNotContain("\tat ");
    }

    private String write(String yaml) throws IOException {
        return Files.writeString(directory.resolve("slipway.yml"), yaml).toString();
    }

    @Test
    void theReferenceIsThatOfTheDocument() {
        assertThat(run("config", "reference").out()).isEqualTo(SettingsReference.markdown());
    }

    @Test
    void certificatesAreMadeAndFoundAgain() throws IOException {
        Path certificates = directory.resolve("certs");
        Result first = run("certs", "--directory", certificates.toString(), "--host", "ftp.example.com,10.0.0.1");
        Result second = run("certs", "--directory", certificates.toString(), "--host", "ftp.example.com,10.0.0.1");

        assertThat(first.exitCode()).as(first.err()).isZero();
        var files = new PemFiles(certificates.resolve("server.pem"), certificates.resolve("server-key.pem"), null);
        assertThat(first.out())
                .contains(Fingerprints.of(ServerCertificate.load(files).leaf()));
        assertThat(second.out()).isEqualTo(first.out());
    }

    @Test
    void allProblemsOfADemosOptionsAreReportedAtOnce() {
        Result result = run(
                "demo",
                "--ftp-port",
                "70000",
                "--sftp-port",
                "2990",
                "--passive-ports",
                "9-1",
                "--user",
                "a:b",
                "--password",
                "a\nb");

        assertThat(result.exitCode()).isEqualTo(2);
        assertThat(result.err())
                .contains("--ftp-port '70000': expected a port from 1 to 65535")
                .contains("--sftp-port 2990: is also --ftps-port")
                .contains("--passive-ports '9-1': a range of ports")
                .contains("--user 'a:b': letters, digits")
                .contains("the password: 1 to 128 characters")
                .doesNotContain("\tat ");
    }
}
