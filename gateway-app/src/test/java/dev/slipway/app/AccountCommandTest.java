package dev.slipway.app;

import static org.assertj.core.api.Assertions.assertThat;

import dev.slipway.testing.ClientCommand;
import dev.slipway.testing.ClientResult;
import dev.slipway.testing.Clients;
import dev.slipway.testing.Patience;
import dev.slipway.testing.RunningClient;
import dev.slipway.testing.S3Bucket;
import dev.slipway.testing.S3Store;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/** {@code slipway account} on the command line, with and without a running gateway. */
@S3Store
class AccountCommandTest {
    private static final Duration LIMIT = Patience.LIMIT;

    @TempDir
    private Path directory;

    private Path configuration;

    private record Result(int exitCode, String out, String err) {
        Result assertSuccess() {
            assertThat(exitCode).as(err).isZero();
            return this;
        }

        void assertFailure(int expected, String... message) {
            assertThat(exitCode).as(out + err).isEqualTo(expected);
            assertThat(err).contains(message).doesNotContain("\tat ");
        }
    }

    @BeforeEach
    void configure() throws IOException {
        configure("bucket");
    }

    private void configure(String bucket) throws IOException {
        configuration = Files.writeString(directory.resolve("slipway.yml"), """
                s3: {bucket: %s}
                state: {directory: state}
                accounts: [{name: anna, password: secret-of-anna}]
                """.formatted(bucket));
    }

    private Result account(String... arguments) {
        return typing("", arguments);
    }

    private Result typing(String input, String... arguments) {
        List<String> all = new ArrayList<>(List.of("account"));
        all.addAll(List.of(arguments));
        all.addAll(List.of("--config", configuration.toString()));
        return run(input, all);
    }

    private static Result run(String input, List<String> arguments) {
        StringWriter out = new StringWriter();
        StringWriter err = new StringWriter();
        CommandLine commandLine = Main.commandLine();
        commandLine.setOut(new PrintWriter(out, true)).setErr(new PrintWriter(err, true));
        InputStream before = System.in;
        System.setIn(new ByteArrayInputStream(input.getBytes(StandardCharsets.UTF_8)));
        try {
            return new Result(commandLine.execute(arguments.toArray(String[]::new)), out.toString(), err.toString());
        } finally {
            System.setIn(before);
        }
    }

    @Test
    void anAccountIsAddedShownChangedAndRemoved() {
        Result added = typing("a secret\nnot this line\n", "add", "otto", "--password-stdin")
                .assertSuccess();
        assertThat(added.out())
                .containsSubsequence("name", "otto", "state", "enabled", "password", "set", "mount", "/=bucket")
                .doesNotContain("argon2", "a secret");
        assertThat(account("list").assertSuccess().out())
                .containsSubsequence("anna", "configuration", "otto", "database");

        account(
                        "set",
                        "otto",
                        "--mount",
                        "/=bucket/otto/",
                        "--mount",
                        "/shared=other:ro:archives",
                        "--permissions",
                        "list,Read",
                        "--protocols",
                        "sftp",
                        "--networks",
                        "192.0.2.0/24,2001:db8::/32",
                        "--expires",
                        "2030-01-31",
                        "--options",
                        "legacy-algorithms",
                        "--max-sessions",
                        "3",
                        "--resume",
                        "listed",
                        "--quota-bytes",
                        "10GiB",
                        "--quota-files",
                        "unlimited",
                        "--upload-rate",
                        "5MiB",
                        "--principals",
                        "staff,otto",
                        "--remotes",
                        "vault,backup",
                        "--disable")
                .assertSuccess();
        assertThat(account("show", "otto", "--output", "json").assertSuccess().out())
                .isEqualToIgnoringNewLines(
                        "{\"name\":\"otto\",\"source\":\"database\",\"state\":\"disabled\",\"password\":true,\"expires\":\"2030-01-31T00:00:00Z\",\"protocols\":[\"sftp\"],\"networks\":[\"192.0.2.0/24\",\"2001:db8:0:0:0:0:0:0/32\"],\"permissions\":[\"list\",\"read\"],\"options\":[\"legacy-algorithms\"],\"maxSessions\":3,\"resume\":\"listed\",\"quotaBytes\":10737418240,\"quotaFiles\":\"unlimited\",\"uploadRate\":5242880,\"downloadRate\":\"default\",\"principals\":[\"otto\",\"staff\"],\"remotes\":[\"backup\",\"vault\"],\"mounts\":[{\"path\":\"/\",\"bucket\":\"bucket\",\"prefix\":\"otto/\",\"readOnly\":false,\"archives\":false},{\"path\":\"/shared\",\"bucket\":\"other\",\"prefix\":\"\",\"readOnly\":true,\"archives\":true}],\"keys\":[]}");
        assertThat(account("set", "otto", "--enable", "--expires", "never", "--networks", "any", "--principals", "own")
                        .assertSuccess()
                        .out())
                .containsPattern("expires +never")
                .containsPattern("networks +any")
                .containsPattern("state +enabled")
                .doesNotContain("principals");
        assertThat(account("passwd", "otto", "--no-password").assertSuccess().out())
                .containsPattern("password +none");

        assertThat(account("remove", "otto", "--output", "json").assertSuccess().out())
                .isEqualToIgnoringNewLines("{\"removed\":\"otto\"}");
        account("show", "otto").assertFailure(1, "no such account: 'otto'");
        account("remove", "otto").assertFailure(1, "no such account: 'otto'");
    }

    @Test
    void keysAreAddedOnceAndRemovedByFingerprint() throws Exception {
        account("add", "otto", "--no-password").assertSuccess();
        Path key = directory.resolve("key");
        Clients.command("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "otto's laptop", "-f", key.toString())
                .run(LIMIT)
                .assertSuccess();
        Path publicKey = directory.resolve("key.pub");
        String fingerprint = Clients.command("ssh-keygen", "-lf", publicKey.toString())
                .run(LIMIT)
                .stdout()
                .split(" ", 3)[1];

        assertThat(account("key", "add", "otto", "--file", publicKey.toString())
                        .assertSuccess()
                        .out())
                .contains(fingerprint + " ssh-ed25519 otto's laptop");
        String[] line = Files.readString(publicKey).strip().split(" ", 3);
        assertThat(account("key", "add", "otto", line[0], line[1], "desk")
                        .assertSuccess()
                        .out())
                .containsOnlyOnce(fingerprint)
                .contains(fingerprint + " ssh-ed25519 desk");
        account("key", "add", "otto", "ssh-ed25519", "AAAA").assertFailure(2, "KEY: ", "truncated");
        account("key", "add", "otto").assertFailure(2, "--file");
        account("key", "add", "otto", "--file", key.toString()).assertFailure(1, "a .pub file");
        account("key", "remove", "otto", "SHA256:none").assertFailure(1, "no key SHA256:none");
        assertThat(account("key", "remove", "otto", fingerprint).assertSuccess().out())
                .doesNotContain(fingerprint);
    }

    @Test
    void problemsAreReportedAndChangeNothing() {
        account("add", "a:b", "--no-password").assertFailure(2, "NAME 'a:b'", "letters, digits");
        account("add", "otto").assertFailure(1, "--password-stdin");
        typing("", "add", "otto", "--password-stdin").assertFailure(1, "the password is empty");
        typing("a\tb\n", "add", "otto", "--password-stdin").assertFailure(1, "control characters");
        account("add", "otto", "--no-password", "--mount", "/=bucket/otto")
                .assertFailure(2, "--mount '/=bucket/otto'", "otto/");
        account("add", "otto", "--no-password", "--mount", "in=bucket").assertFailure(2, "--mount 'in=bucket'");
        account("add", "otto", "--no-password", "--mount", "/../x=bucket").assertFailure(2, "such as /x");
        account("add", "otto", "--no-password", "--mount", "/=bucket", "--mount", "/=other")
                .assertFailure(2, "mounted twice");
        account("add", "otto", "--no-password", "--permissions", "list,fly")
                .assertFailure(2, "'fly' is not one of them; expected one of list");
        account("add", "otto", "--no-password", "--protocols", "none")
                .assertFailure(2, "'none' is not one of them; expected one of ftps");
        account("add", "otto", "--no-password", "--networks", "192.0.2.9/24").assertFailure(2, "192.0.2.0/24");
        account("add", "otto", "--no-password", "--expires", "tomorrow").assertFailure(2, "2030-01-31T18:00:00Z");
        account("add", "otto", "--no-password", "--quota-bytes", "10").assertFailure(2, "--quota-bytes '10'", "512MiB");
        account("add", "otto", "--no-password", "--quota-files", "0").assertFailure(2, "a number of at least 1");
        account("add", "otto", "--no-password", "--principals", "a,").assertFailure(2, "--principals 'a,'", "or own");
        account("add", "anna", "--no-password").assertFailure(1, "'anna' already exists, in the configuration");
        account("set", "anna", "--disable").assertFailure(1, "'anna' is in the configuration");
        account("passwd", "anna", "--no-password").assertFailure(1, "'anna' is in the configuration");
        account("remove", "anna").assertFailure(1, "'anna' is in the configuration");
        account("key", "remove", "anna", "SHA256:x").assertFailure(1, "'anna' is in the configuration");
        account("set", "otto", "--disable").assertFailure(1, "no such account: 'otto'");
        account("set", "otto").assertFailure(2, "Nothing to change");
        account("list", "--data", directory.toString()).assertFailure(2, "--config and --data");
        run("", List.of("account", "list", "--data", directory.toString())).assertFailure(1, "not a demo's folder");
        run("", List.of("account")).assertFailure(2, "slipway account add");

        assertThat(account("list", "--output", "json").assertSuccess().out())
                .contains("\"anna\"")
                .doesNotContain("otto");
        account("add", "otto", "--no-password").assertSuccess();
        account("add", "otto", "--no-password").assertFailure(1, "'otto' already exists");
    }

    /** The commands work while a gateway runs, and affect its open sessions. */
    @Test
    void aRunningGatewayFollows(S3Bucket bucket) throws Exception {
        configure(bucket.name());
        try (Gateway gateway = Gateway.builder()
                .endpoint(bucket.endpoint().uri())
                .region(bucket.endpoint().region())
                .credentials(bucket.endpoint().accessKey(), bucket.endpoint().secretKey())
                .set("s3.probe", "false")
                .bucket(bucket.name())
                .stateDirectory(directory.resolve("state"))
                .bind("127.0.0.1")
                .explicitPort(0)
                .passivePorts(0, 0)
                .sftpPort(0)
                .set("memory.parts", "64MiB")
                .set("memory.downloads", "32MiB")
                .start()) {
            assertThat(gateway.awaitReady(LIMIT)).isTrue();
            Files.writeString(directory.resolve("file"), "hello");
            typing("secret\n", "add", "otto", "--password-stdin", "--mount", "/=" + bucket.name() + "/otto/")
                    .assertSuccess();
            Patience.await("an upload", () -> upload(gateway, "secret").exitCode() == 0);

            try (RunningClient session = session(gateway, "secret")) {
                Patience.await("the client got so far", () -> Files.exists(directory.resolve("reached-1")));
                account("set", "otto", "--permissions", "list").assertSuccess();
                Patience.await(
                        "a refused upload", () -> upload(gateway, "secret").exitCode() != 0);
                Files.createFile(directory.resolve("go-1"));
                Patience.await("the client got so far", () -> Files.exists(directory.resolve("reached-2")));
                account("remove", "otto").assertSuccess();
                Patience.await("a refused login", () -> list(gateway, "secret").exitCode() != 0);
                Files.createFile(directory.resolve("go-2"));

                ClientResult result = session.await(LIMIT);
                assertThat(result.stdout()).contains("file");
                assertThat(directory.resolve("copy-1")).hasContent("hello");
                assertThat(directory.resolve("copy-2")).doesNotExist();
                assertThat(result.stderr())
                        .contains("remote open \"/file\": Permission denied")
                        // Either the listing is refused, or the session has been ended before it.
                        .containsAnyOf(
                                "remote readdir(\"/\"): Permission denied", "This account has expired or was changed");
            }
        }
    }

    private ClientCommand curl(Gateway gateway, String password, String... arguments) {
        List<String> all = new ArrayList<>(List.of(
                "-sS",
                "--ssl-reqd",
                "--cacert",
                gateway.certificateAuthority().orElseThrow().toString(),
                "--user",
                "otto:" + password));
        all.addAll(List.of(arguments));
        all.add("ftp://127.0.0.1:" + gateway.explicitPort().orElseThrow() + "/");
        return Clients.command("curl", all.toArray(String[]::new));
    }

    private ClientResult upload(Gateway gateway, String password) throws InterruptedException {
        return curl(gateway, password, "-T", directory.resolve("file").toString())
                .run(LIMIT);
    }

    private ClientResult list(Gateway gateway, String password) throws InterruptedException {
        return curl(gateway, password, "-l").run(LIMIT);
    }

    /**
     * A session that reads, waits until a permission is removed, tries to read and to list, waits until the account is
     * removed, and lists.
     */
    private RunningClient session(Gateway gateway, String password) throws IOException {
        int port = gateway.sftpPort().orElseThrow();
        Path knownHosts =
                Files.writeString(directory.resolve("known_hosts"), DemoCard.knownHosts(port, gateway.hostKeys()));
        Path askPassword = Files.writeString(directory.resolve("ask"), "#!/bin/sh\necho " + password + "\n");
        assertThat(askPassword.toFile().setExecutable(true)).isTrue();
        return Clients.command(
                        "sftp",
                        "-F",
                        "none",
                        "-P",
                        String.valueOf(port),
                        "-o",
                        "StrictHostKeyChecking=yes",
                        "-o",
                        "UserKnownHostsFile=" + knownHosts,
                        "otto@127.0.0.1")
                .in(directory)
                .environment("SSH_ASKPASS", askPassword.toString())
                .environment("SSH_ASKPASS_REQUIRE", "force")
                .input("""
                        get file copy-1
                        !touch reached-1
                        !for i in $(seq 600); do [ -e go-1 ] && break; sleep 0.1; done
                        get file copy-2
                        ls
                        !touch reached-2
                        !for i in $(seq 600); do [ -e go-2 ] && break; sleep 0.1; done
                        ls
                        """)
                .start();
    }
}
