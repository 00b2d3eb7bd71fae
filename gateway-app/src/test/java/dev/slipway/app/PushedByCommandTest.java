package dev.slipway.app;

import static org.assertj.core.api.Assertions.assertThat;

import dev.slipway.app.Protocol.ListenPorts;
import dev.slipway.testing.ClientResult;
import dev.slipway.testing.Clients;
import dev.slipway.testing.Patience;
import dev.slipway.testing.S3Bucket;
import dev.slipway.testing.S3Store;
import dev.slipway.testing.SshdServer;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/** Files that are pushed to a server by commands over SSH, from the gateway's machine, and over FTP. */
@S3Store
class PushedByCommandTest {
    private static final Duration LIMIT = Patience.LIMIT;

    @TempDir
    private Path folder;

    @Test
    void aFileArrivesHoweverItIsOrdered(S3Bucket bucket) throws Exception {
        Path key = folder.resolve("key");
        Clients.command("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "test", "-f", key.toString())
                .run(LIMIT)
                .assertSuccess();
        byte[] content = new byte[3_000_001];
        new Random(1).nextBytes(content);
        Path file = Files.write(folder.resolve("file"), content);
        Path target = Files.createDirectory(folder.resolve("target"));
        try (SshdServer server = SshdServer.start();
                Gateway gateway = RunningGateway.builder(bucket.endpoint().uri(), bucket, folder)
                        .set("accounts[0].options", "admin, push")
                        .set(
                                "accounts[0].authorizedKeys[0]",
                                Files.readString(folder.resolve("key.pub")).strip())
                        .start()) {
            assertThat(gateway.awaitReady(LIMIT)).isTrue();
            SshTerminal ssh = new SshTerminal(gateway.sftpPort().orElseThrow(), key);
            String place = server.user() + "@127.0.0.1:" + server.port();

            ssh.client(
                            "anna",
                            "remote add vault " + place + " --key-stdin --any-folder --host-key '" + server.hostKey()
                                    + "'")
                    .input(Files.readString(server.userKey()))
                    .run(LIMIT)
                    .assertSuccess();
            assertThat(ssh.client("anna", "remote test vault")
                            .run(LIMIT)
                            .assertSuccess()
                            .stdout())
                    .contains(
                            "vault: login successful; shell: yes",
                            "mode auto chooses direct: its curl reaches the store at 127.0.0.1:");
            assertThat(ssh.client("anna", "space vault " + target)
                            .run(LIMIT)
                            .assertSuccess()
                            .stdout())
                    .contains(" free (");

            String taken = ftp(
                            gateway,
                            file,
                            "MKD in",
                            "CWD in",
                            "STOR a reel.bin",
                            "SITE PUSH \"a reel.bin\" vault:" + target + "/ftp/ --make-folders",
                            "SITE SPACE vault " + target)
                    .stdout();
            Matcher job = Pattern.compile("200 job (\\S+) was accepted").matcher(taken);
            assertThat(job.find()).as(taken).isTrue();
            ssh.client("anna", "jobs follow " + job.group(1)).run(LIMIT).assertSuccess();
            assertThat(target.resolve("ftp/a reel.bin")).hasBinaryContent(content);
            filesAreSentOnByFtpClients(gateway, target, content);

            ClientResult pushed = ssh.client(
                            "anna",
                            "push '" + bucket.name() + ":in/a reel.bin' 'vault:" + target + "/by ssh.bin' --wait")
                    .run(LIMIT)
                    .assertSuccess();
            assertThat(pushed.stderr()).contains("job ");
            assertThat(target.resolve("by ssh.bin")).hasBinaryContent(content);
            ClientResult again = ssh.client(
                            "anna",
                            "push '" + bucket.name() + ":in/a reel.bin' 'vault:" + target + "/by ssh.bin' --wait")
                    .run(LIMIT);
            assertThat(again.exitCode()).as(again.toString()).isEqualTo(1);
            assertThat(again.stderr()).contains("the job failed", "slipway jobs show");

            assertThat(onTheHost(
                            bucket,
                            "push",
                            bucket.name() + ":in/a reel.bin",
                            "vault:" + target + "/host.bin",
                            "--wait"))
                    .isZero();
            assertThat(target.resolve("host.bin")).hasBinaryContent(content);
            StringWriter tested = new StringWriter();
            assertThat(onTheHost(tested, bucket, "remote", "test", "vault")).isZero();
            assertThat(tested.toString())
                    .contains("mode auto chooses direct: it has a shell with curl and dd; the next push shows");
            assertThat(onTheHost(bucket, "remote", "remove", "vault")).isZero();

            String hostKey = server.hostKey();
            assertThat(onTheHost(
                            bucket,
                            "remote",
                            "add",
                            "by-file",
                            place,
                            "--any-folder",
                            "--key",
                            server.userKey().toString(),
                            "--host-key",
                            hostKey))
                    .isZero();
            ssh.client("anna", "remote test by-file").run(LIMIT).assertSuccess();
            assertThat(onTheHost(
                            bucket,
                            "remote",
                            "add",
                            "by-file",
                            place,
                            "--any-folder",
                            "--key",
                            "/none",
                            "--host-key",
                            hostKey))
                    .isEqualTo(1);

            Path locked = Files.copy(server.userKey(), folder.resolve("locked"));
            Files.setPosixFilePermissions(locked, PosixFilePermissions.fromString("rw-------"));
            Clients.command("ssh-keygen", "-q", "-p", "-P", "", "-N", "a secret", "-f", locked.toString())
                    .run(LIMIT)
                    .assertSuccess();
            ssh.client(
                            "anna",
                            "remote add locked " + place + " --key-stdin --passphrase-stdin --any-folder --host-key '"
                                    + hostKey + "'")
                    .input("a secret\n" + Files.readString(locked))
                    .run(LIMIT)
                    .assertSuccess();
            ssh.client("anna", "remote test locked").run(LIMIT).assertSuccess();
        }
    }

    /** Anyone who may write any file of a server's user can log in there. */
    @Test
    void anAccountSendsFilesOnlyWhereAnAdministratorAllowsIt(S3Bucket bucket) throws Exception {
        Path file = Files.writeString(folder.resolve("file"), "ssh-ed25519 AAAA of an attacker");
        Path home = Files.createDirectory(folder.resolve("home"));
        Path in = Files.createDirectory(home.resolve("in"));
        Path keys =
                Files.writeString(Files.createDirectory(home.resolve(".ssh")).resolve("authorized_keys"), "mine");
        Files.createSymbolicLink(in.resolve("link"), home.resolve(".ssh"));
        try (SshdServer server = SshdServer.start();
                Gateway gateway = RunningGateway.builder(bucket.endpoint().uri(), bucket, folder)
                        .account("ben", "of-ben")
                        .set("accounts[1].options", "push")
                        .start()) {
            assertThat(gateway.awaitReady(LIMIT)).isTrue();
            String place = server.user() + "@127.0.0.1:" + server.port();
            assertThat(onTheHost(
                            bucket,
                            "remote",
                            "add",
                            "vault",
                            place,
                            "--any-folder",
                            "--key",
                            server.userKey().toString(),
                            "--host-key",
                            server.hostKey()))
                    .isZero();
            String order = "SITE PUSH authorized_keys vault:" + home;
            assertThat(ben(gateway, file, "STOR authorized_keys", order + "/.ssh/authorized_keys --overwrite"))
                    .contains("slipway account set ben --remotes vault");
            assertThat(ben(gateway, file, "SITE SPACE vault /")).contains("slipway account set ben --remotes vault");
            assertThat(keys).hasContent("mine");
        }
        try (SshdServer server = SshdServer.start();
                Gateway gateway = RunningGateway.builder(bucket.endpoint().uri(), bucket, folder)
                        .account("ben", "of-ben")
                        .set("accounts[1].options", "push")
                        .set("accounts[1].remotes", "vault")
                        .start()) {
            assertThat(gateway.awaitReady(LIMIT)).isTrue();
            assertThat(onTheHost(
                            bucket,
                            "remote",
                            "add",
                            "vault",
                            server.user() + "@127.0.0.1:" + server.port(),
                            "--any-folder",
                            "--key",
                            server.userKey().toString(),
                            "--host-key",
                            server.hostKey()))
                    .isZero();
            String order = "SITE PUSH authorized_keys vault:" + home;
            assertThat(ben(gateway, file, order + "/.ssh/authorized_keys --overwrite"))
                    .contains("only administrators", "slipway remote set vault --folder PATH");
            assertThat(onTheHost(bucket, "remote", "set", "vault", "--folder", home.toString()))
                    .isZero();
            assertThat(ben(gateway, file, order + "/.ssh/authorized_keys --overwrite"))
                    .contains("begins with a dot");
            assertThat(onTheHost(bucket, "remote", "set", "vault", "--folder", in.toString()))
                    .isZero();
            assertThat(ben(
                            gateway,
                            file,
                            order + "/in/../.ssh/authorized_keys --overwrite",
                            order + "//in/..//x",
                            order + "/x",
                            "STOR linked",
                            "SITE PUSH linked vault:" + in + "/link/authorized_keys --overwrite",
                            "MKD many",
                            "MKD many/.ssh",
                            "RNFR authorized_keys",
                            "RNTO many/.ssh/authorized_keys",
                            "SITE PUSH many/ vault:" + in + "/ --overwrite --make-folders",
                            "STOR good",
                            "SITE PUSH good vault:" + in + "/"))
                    .contains("must have neither '..'", "only into " + in);
            Patience.await("what is allowed has arrived", () -> Files.exists(in.resolve("good")));
            Patience.await("the other jobs are over", () -> {
                try {
                    String jobs = ben(gateway, file, "SITE JOBS");
                    return !jobs.contains("queued") && !jobs.contains("running") && jobs.contains("failed");
                } catch (InterruptedException e) {
                    throw new AssertionError(e);
                }
            });
            assertThat(keys).hasContent("mine");
            assertThat(in).isDirectoryNotContaining("glob:**/.ssh");
            assertThat(home).isDirectoryNotContaining("glob:**/x");
        }
    }

    private static String ben(Gateway gateway, Path file, String... commands) throws InterruptedException {
        return ftp(gateway, "ben", "of-ben", file, commands).stdout();
    }

    /** Each FTP client sends its own commands and shows replies in its own way. */
    private static void filesAreSentOnByFtpClients(Gateway gateway, Path target, byte[] content) throws Exception {
        ListenPorts ports = ListenPorts.of(gateway);
        String order = "SITE PUSH \"in/a reel.bin\" vault:" + target;
        ClientResult lftp = Resumer.LFTP_FTPS
                .lftp(
                        ports,
                        Protocol.UNLIMITED,
                        "quote '" + order + "/lftp.bin'; quote SITE JOBS; quote SITE SPACE vault " + target
                                + "; quote SITE JOBS show none; quote 'SITE PUSH nothing nowhere:/'")
                .run(LIMIT);
        assertThat(lftp.stdout()).as(lftp.toString()).containsPattern("200 job \\S+ was accepted");
        assertThat(lftp.stdout())
                .contains("vault:" + target + "/lftp.bin", " free (", "no such job: 'none'", "nowhere");
        ClientResult curl = Protocol.curl(
                        Protocol.UNLIMITED,
                        "-Q",
                        order + "/curl.bin",
                        "-Q",
                        "SITE JOBS",
                        "-Q",
                        "SITE SPACE vault " + target,
                        "ftp://127.0.0.1:" + ports.explicit() + "/")
                .run(LIMIT)
                .assertSuccess();
        assertThat(curl.stderr())
                .containsPattern("< 200 job \\S+ was accepted")
                .contains("vault:" + target + "/curl.bin", " free (");
        ClientResult refused = Protocol.curl(
                        Protocol.UNLIMITED,
                        "-Q",
                        "SITE PUSH nothing nowhere:/",
                        "ftp://127.0.0.1:" + ports.explicit() + "/")
                .run(LIMIT)
                .assertFailure();
        assertThat(refused.exitCode()).as("CURLE_QUOTE_ERROR").isEqualTo(21);
        for (String name : List.of("lftp.bin", "curl.bin")) {
            Patience.await(name + " has arrived", () -> Files.exists(target.resolve(name)));
            assertThat(target.resolve(name)).hasBinaryContent(content);
        }
    }

    private int onTheHost(S3Bucket bucket, String... words) throws Exception {
        return onTheHost(new StringWriter(), bucket, words);
    }

    private int onTheHost(StringWriter out, S3Bucket bucket, String... words) throws Exception {
        Path configuration = Files.writeString(
                folder.resolve("slipway.yml"),
                "s3: {bucket: " + bucket.name() + "}\nstate: {directory: " + folder.resolve("state") + "}\n");
        StringWriter err = new StringWriter();
        CommandLine commandLine = Main.commandLine();
        commandLine.setOut(new PrintWriter(out, true)).setErr(new PrintWriter(err, true));
        List<String> all = new ArrayList<>(List.of(words));
        all.addAll(List.of("--config", configuration.toString()));
        int status = commandLine.execute(all.toArray(String[]::new));
        assertThat(err.toString()).doesNotContain("\tat ");
        return status;
    }

    private static ClientResult ftp(Gateway gateway, Path file, String... commands) throws InterruptedException {
        return ftp(gateway, Protocol.USER, Protocol.PASSWORD, file, commands);
    }

    private static ClientResult ftp(Gateway gateway, String user, String password, Path file, String... commands)
            throws InterruptedException {
        List<String> words = new ArrayList<>(List.of("-c", """
                import ftplib, ssl, sys
                ftp = ftplib.FTP_TLS(context=ssl.create_default_context(cafile=sys.argv[1]))
                ftp.connect('127.0.0.1', int(sys.argv[2]), 30)
                ftp.login(sys.argv[3], sys.argv[4])
                ftp.prot_p()
                for command in sys.argv[6:]:
                    if command.startswith('STOR '):
                        ftp.storbinary(command, open(sys.argv[5], 'rb'))
                    else:
                        try:
                            print(ftp.sendcmd(command))
                        except ftplib.Error as refusal:
                            print(refusal)
                ftp.quit()
                """));
        words.add(gateway.certificateAuthority().orElseThrow().toString());
        words.add(String.valueOf(gateway.explicitPort().orElseThrow()));
        words.addAll(List.of(user, password, file.toString()));
        words.addAll(List.of(commands));
        return Clients.command("python3", words.toArray(String[]::new))
                .run(LIMIT)
                .assertSuccess();
    }
}
