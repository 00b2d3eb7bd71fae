package dev.slipway.app;

import static org.assertj.core.api.Assertions.assertThat;

import dev.slipway.core.event.GatewayEvent;
import dev.slipway.core.event.GatewayEvent.CommandRun;
import dev.slipway.testing.ClientCommand;
import dev.slipway.testing.ClientResult;
import dev.slipway.testing.Clients;
import dev.slipway.testing.Patience;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.locks.LockSupport;
import org.apache.sshd.client.SshClient;
import org.apache.sshd.client.channel.ChannelShell;
import org.apache.sshd.client.session.ClientSession;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;

/**
 * The commands through OpenSSH's ssh, with and without a terminal, and through the control socket. No command here
 * needs the store, so there is none. The account root is an administrator; anna is not.
 */
class CommandShellTest {
    private static final Duration LIMIT = Patience.LIMIT;

    @TempDir
    private static Path folder;

    private static final List<GatewayEvent> events = new CopyOnWriteArrayList<>();
    private static Gateway gateway;
    private static Path key;
    private static SshTerminal ssh;

    @BeforeAll
    static void start() throws Exception {
        key = folder.resolve("key");
        Clients.command("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "test", "-f", key.toString())
                .run(LIMIT)
                .assertSuccess();
        String publicKey = Files.readString(folder.resolve("key.pub")).strip();
        gateway = Gateway.builder()
                .endpoint(URI.create("http://127.0.0.1:1"))
                .credentials("none", "none")
                .bucket("files")
                .account("root", "not used here")
                .account("anna", "not used here")
                .account("plain", "not used here")
                .set("accounts[0].authorizedKeys[0]", publicKey)
                .set("accounts[0].options", "admin, push")
                .set("accounts[1].authorizedKeys[0]", publicKey)
                .set("accounts[1].options", "push")
                .stateDirectory(folder.resolve("state"))
                .bind("127.0.0.1")
                .explicitPort(0)
                .implicitPort(0)
                .passivePorts(0, 0)
                .sftpPort(0)
                .set("s3.probe", "false")
                .set("rules[0].name", "march")
                .set("rules[0].paths", "/march/*.zip")
                .set("rules[0].steps[0].action", "decompress")
                .set("rules[0].steps[0].to", "unpacked/{stem}")
                .set("rules[0].steps[1].action", "push")
                .set("rules[0].steps[1].to", "archive:/incoming/")
                .onEvent(events::add)
                .start();
        ssh = new SshTerminal(gateway.sftpPort().orElseThrow(), key);
    }

    @AfterAll
    static void stop() {
        gateway.close();
    }

    private static ClientCommand client(String account, String... words) {
        return ssh.client(account, words);
    }

    private static ClientResult run(String account, String... words) throws InterruptedException {
        return client(account, words).run(LIMIT);
    }

    /** The last run of a command, which may end after its client. */
    private static CommandRun lastRun(String command) {
        long end = System.nanoTime() + LIMIT.toNanos();
        while (true) {
            Optional<CommandRun> last = events.stream()
                    .filter(CommandRun.class::isInstance)
                    .map(CommandRun.class::cast)
                    .filter(run -> run.command().equals(command))
                    .reduce((_, later) -> later);
            if (last.isPresent()) {
                return last.get();
            }
            assertThat(System.nanoTime()).as(command + " in time, of " + events).isLessThan(end);
            LockSupport.parkNanos(Duration.ofMillis(20).toNanos());
        }
    }

    @Test
    void rulesAreListedAndTested() throws Exception {
        String row = "march +any +/march/\\*\\.zip +any +any +any +decompress, push";
        assertThat(run("root", "rules", "list").assertSuccess().stdout())
                .matches("(?s)NAME +ACCOUNTS +PATHS +ORIGINS +TYPES +TAGS +STEPS *\\R" + row + "\\s*");
        assertThat(run("root", "rules", "test", "/march/a.zip", "--account", "anna", "--size", "1000")
                        .assertSuccess()
                        .stdout())
                .contains(
                        "rule march takes this file:", "1. decompress to unpacked/a", "2. push to archive:/incoming/");

        Path state = folder.resolve("state");
        assertThat(local(state, "rules", "test", "/april/a.zip").out()).contains("no rule takes this file");
        assertThat(local(state, "rules", "test", "/march/a.zip", "--output", "json")
                        .out())
                .contains("\"rule\":\"march\"", "\"decompress to unpacked/a\"");
        ClientResult unknown = run("root", "rules", "test", "/march/a.zip", "--account", "nobody");
        assertThat(unknown.exitCode()).isEqualTo(1);
        assertThat(unknown.stderr()).contains("no such account: 'nobody'");
    }

    @Test
    void oneCommandHasItsOutputItsExitStatusAndItsLineInTheAudit() throws Exception {
        assertThat(run("root", "account", "list").assertSuccess().stdout())
                .containsSubsequence("NAME", "SOURCE", "anna", "configuration", "root", "configuration");
        assertThat(run("root", "slipway sessions list --output json")
                        .assertSuccess()
                        .stdout())
                .matches("\\[\\{\"id\":\"\\d+\",\"since\":\"[^\"]+\",\"protocol\":\"ssh\",\"address\":\"127.0.0.1\","
                        + "\"account\":\"root\"}]\\R");

        ClientResult unknown = run("root", "account", "show", "nobody");
        assertThat(unknown.exitCode()).isEqualTo(1);
        assertThat(unknown.stderr()).contains("no such account: 'nobody'", "slipway account list");
        assertThat(unknown.stdout()).isEmpty();
        ClientResult wrong = run("root", "accuont", "list");
        assertThat(wrong.exitCode()).isEqualTo(2);
        assertThat(wrong.stderr()).contains("account", "--help");
        assertThat(run("root", "account show 'nobody").stderr()).contains("not closed");

        CommandRun audited = lastRun("account show nobody");
        assertThat(audited.status()).isEqualTo(1);
        assertThat(audited.user()).isEqualTo("root");
        assertThat(audited.client()).isNotNull();
    }

    @Test
    void accountsWithoutAdminHaveNeitherShellNorCommands() throws Exception {
        assertThat(run("anna", "account", "list").assertFailure().stderr()).contains("No shell access");
        assertThat(run("anna").assertFailure().stdout()).isEmpty();
        assertThat(run("anna", "-tt", "account", "list").assertFailure().stdout())
                .doesNotContain("configuration");
    }

    @Test
    void checksumCommandsStillWork() throws Exception {
        assertThat(client("root", "md5sum")
                        .input("abc")
                        .run(LIMIT)
                        .assertSuccess()
                        .stdout())
                .startsWith("900150983cd24fb0d6963f7d28e17f72");
    }

    @Test
    void pipedInputIsReadByTheCommand() throws Exception {
        client("root", "account add piped --password-stdin")
                .input("a-long-password\n")
                .run(LIMIT)
                .assertSuccess();
        assertThat(run("root", "account", "show", "piped").assertSuccess().stdout())
                .containsPattern("password +set");
        assertThat(client("root", "-T")
                        .input("account list\naccount remove piped\n")
                        .run(LIMIT)
                        .assertSuccess()
                        .stdout())
                .containsSubsequence("NAME", "piped", "removed piped");
    }

    @ParameterizedTest
    @ValueSource(strings = {"-T", "-tt"})
    void endlessInputEndsTheShellAndRunsNothing(String terminal) throws Exception {
        ClientResult result = client("root", terminal)
                .input("account add endless --no-password " + "x".repeat(1 << 20))
                .run(LIMIT)
                .assertFailure();
        assertThat(result.stdout() + result.stderr()).contains("The input was too long.");
        assertThat(run("root", "account", "list").stdout()).doesNotContain("endless");
    }

    @Test
    void anAccountHasSixteenShellsAtOnce() throws Exception {
        try (SshClient client = HostileSftp.client(1 << 20, 32 * 1024)) {
            List<ClientSession> sessions = new ArrayList<>();
            List<ChannelShell> shells = new ArrayList<>();
            for (int i = 0; i < 4; i++) {
                sessions.add(HostileSftp.login(client, gateway.sftpPort().orElseThrow(), "root", "not used here"));
            }
            for (int i = 0; i < 16; i++) {
                shells.add(shell(sessions.get(i % 3)));
                assertThat(firstLine(shells.getLast())).contains("'help' lists the commands");
            }
            assertThat(firstLine(shell(sessions.getLast())))
                    .contains("This account has 16 shells and commands at once");

            shells.getFirst().close(false);
            Patience.await("another one is served", () -> {
                try {
                    return firstLine(shell(sessions.getLast())).contains("'help' lists the commands");
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            });
        }
    }

    private static ChannelShell shell(ClientSession session) throws IOException {
        ChannelShell shell = session.createShellChannel();
        shell.setPtyType("xterm");
        shell.open().verify(LIMIT);
        return shell;
    }

    private static String firstLine(ChannelShell shell) throws IOException {
        String line =
                new BufferedReader(new InputStreamReader(shell.getInvertedOut(), StandardCharsets.UTF_8)).readLine();
        return line == null ? "" : line;
    }

    @Test
    void aFormerAdministratorIsRefusedAtTheNextCommand() throws Exception {
        String publicKey = Files.readString(folder.resolve("key.pub")).strip();
        run("root", "account add deputy --no-password --options admin").assertSuccess();
        run("root", "account key add deputy " + publicKey).assertSuccess();
        // A gateway loads a new account within about a second.
        for (int i = 0; i < 50 && run("deputy", "account", "list").exitCode() != 0; i++) {
            assertThat(i).as("in time").isLessThan(49);
        }
        ClientResult typed = ssh.type(
                "[('slipway> ', 'account set deputy --options none\\r'), ('options +none.*slipway> ',"
                        + " 'account list\\r'), ('no longer has the right to do that', '\\x04')]",
                "deputy");
        assertThat(typed.stdout()).contains("no longer has the right to do that");
        run("root", "account remove deputy").assertSuccess();
    }

    @Test
    void aSessionIsEnded() throws Exception {
        ClientResult typed = ssh.type("[('slipway> ', 'sessions disconnect --account root\\r')]", "root");
        assertThat(typed.exitCode()).isEqualTo(255);
        assertThat(typed.stdout()).contains("An administrator has ended this session.");
        assertThat(lastRun("sessions disconnect --account root").status()).isZero();
    }

    @Test
    void theShellHasEditingCompletionHistoryAndExit() throws Exception {
        ClientResult typed = ssh.type(
                "[('slipway> ', 'acc\\t'), ('account', 'sh\\t'), ('show', 'an\\t'), ('anna', '\\r'),"
                        + " ('source +configuration.*slipway> ', 'account show nobody\\r'),"
                        + " ('\\x1b\\\\[31m.*no such account.*slipway> ', 'quot\\x03'),"
                        + " ('slipway> ', '\\x1bOA\\x1bOA\\r'), ('source +configuration.*slipway> ', '\\x04')]",
                "root");
        assertThat(typed.exitCode()).as(typed.stdout()).isZero();
        assertThat(lastRun("account show anna").status()).isZero();

        // Another session of the account has the same history; other accounts do not.
        ClientResult again =
                ssh.type("[('slipway> ', '\\x1bOA\\r'), ('source +configuration.*slipway> ', 'exit\\r')]", "root");
        assertThat(again.exitCode()).as(again.stdout()).isZero();
        Path histories = folder.resolve("state/shell-history");
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(histories)))
                .isEqualTo("rwx------");
        assertThat(Files.readString(histories.resolve("root"))).contains("account show anna");
    }

    @Test
    void namesCannotControlATerminal() throws Exception {
        ClientResult shown = run("root", "account show \"$(printf 'a\\033[2Jb')\"");
        assertThat(shown.stderr()).doesNotContain("\u001b");
        ClientResult json = run("root", "-tt", "account list --output json").assertSuccess();
        assertThat(json.stdout()).startsWith("[{\"name\":\"anna\"").doesNotContain("\u001b");
    }

    /** Sends FTP commands with Python's ftplib, and prints each reply with a line that says how ftplib treated it. */
    private static ClientResult site(String account, String... commands) throws InterruptedException {
        List<String> words = new ArrayList<>(List.of("-c", """
                import ftplib, ssl, sys
                ftp = ftplib.FTP_TLS(context=ssl.create_default_context(cafile=sys.argv[1]))
                ftp.connect('127.0.0.1', int(sys.argv[2]), 30)
                ftp.login(sys.argv[3], 'not used here')
                for command in sys.argv[4:]:
                    try:
                        print(ftp.sendcmd(command))
                    except ftplib.Error as e:
                        print('refused', e)
                ftp.quit()
                """));
        words.add(gateway.certificateAuthority().orElseThrow().toString());
        words.add(String.valueOf(gateway.explicitPort().orElseThrow()));
        words.add(account);
        words.addAll(List.of(commands));
        return Clients.command("python3", words.toArray(String[]::new))
                .run(LIMIT)
                .assertSuccess();
    }

    @Test
    void siteOffersPushesToAccountsWithTheOption() throws Exception {
        String may = site("anna", "SITE HELP", "SITE PUSH 'a b", "SITE JOBS", "SITE FLY")
                .stdout();
        assertThat(may).contains("CHMOD CPFR CPTO HELP JOBS PUSH SPACE");
        assertThat(may).contains("refused 501", "not closed", "refused 504 SITE FLY");
        assertThat(site("plain", "SITE HELP", "SITE JOBS").stdout())
                .contains(" CHMOD CPFR CPTO HELP\n", "refused 504 SITE JOBS is not implemented");
        assertThat(lastRun("jobs list").user()).isEqualTo("anna");
    }

    private record Local(int status, String out, String err) {}

    private static Local local(Path state, String... words) throws IOException {
        Path configuration = Files.writeString(
                folder.resolve("slipway.yml"), "s3: {bucket: files}\nstate: {directory: " + state + "}\n");
        StringWriter out = new StringWriter();
        StringWriter err = new StringWriter();
        CommandLine commandLine = Main.commandLine();
        commandLine.setOut(new PrintWriter(out, true)).setErr(new PrintWriter(err, true));
        List<String> all = new ArrayList<>(List.of(words));
        all.addAll(List.of("--config", configuration.toString()));
        return new Local(commandLine.execute(all.toArray(String[]::new)), out.toString(), err.toString());
    }

    @Test
    void theHostReachesARunningGatewayThroughAPrivateSocket() throws Exception {
        Path state = folder.resolve("state");
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(state.resolve("control.sock"))))
                .isEqualTo("rw-------");
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(state)))
                .isEqualTo("rwx------");

        Local listed = local(state, "sessions", "list", "--output", "json");
        assertThat(listed.status()).as(listed.err()).isZero();
        assertThat(listed.out()).matches("\\[.*]\\R");
        Local wrong = local(state, "sessions", "disconnect", "4711");
        assertThat(wrong.status()).isEqualTo(1);
        assertThat(wrong.err()).contains("no such session: 4711");
        CommandRun audited = lastRun("sessions disconnect 4711");
        assertThat(audited.client()).isNull();
        assertThat(audited.user()).isEqualTo(System.getProperty("user.name"));
        assertThat(audited.status()).isEqualTo(1);
        assertThat(local(state, "sessions", "list", "--help").out()).contains("Usage: slipway sessions list");
    }

    @Test
    void withoutAGatewayTheHostSaysHowToStartOne() throws Exception {
        Local none = local(folder.resolve("elsewhere"), "sessions", "list");
        assertThat(none.status()).isEqualTo(1);
        assertThat(none.err()).contains("no gateway is running", "slipway serve");

        Local tooLong = local(folder.resolve("x".repeat(120)), "sessions", "list");
        assertThat(tooLong.status()).isEqualTo(1);
        assertThat(tooLong.err()).contains("choose a shorter state.directory");
    }
}
