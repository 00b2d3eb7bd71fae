package dev.slipway.app;

import static org.assertj.core.api.Assertions.assertThat;

import dev.slipway.core.event.GatewayEvent;
import dev.slipway.core.event.GatewayEvent.CommandRun;
import dev.slipway.testing.ClientCommand;
import dev.slipway.testing.ClientResult;
import dev.slipway.testing.Clients;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/**
 * The commands by OpenSSH's ssh, with and without a terminal, and through the control socket. No command here needs the
 * store, so there is none. The account root is an administrator, anna is not.
 */
class CommandShellTest {
    private static final Duration LIMIT = Duration.ofSeconds(60);

    /** Types what it is told when it sees what it is told, at a terminal of its own, and prints all that it has seen. */
    private static final String TYPIST = """
            import os, pty, re, select, signal, struct, sys, termios, fcntl, time
            steps = eval(sys.argv[1])
            pid, terminal = pty.fork()
            if pid == 0:
                os.execvp(sys.argv[2], sys.argv[2:])
            fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack('HHHH', 40, 132, 0, 0))
            seen, position, end = '', 0, time.time() + 40
            def read():
                global seen
                if time.time() > end:
                    sys.stdout.write(seen); sys.stdout.flush(); os.kill(pid, signal.SIGKILL); sys.exit(99)
                if select.select([terminal], [], [], 0.2)[0]:
                    try:
                        data = os.read(terminal, 65536)
                    except OSError:
                        data = b''
                    seen += data.decode('utf-8', 'replace')
                    return bool(data)
                return True
            for expected, typed in steps:
                while True:
                    found = re.compile(expected, re.S).search(seen, position)
                    if found:
                        break
                    if not read():
                        sys.stdout.write(seen); sys.exit(98)
                position = found.end()
                os.write(terminal, typed.encode())
            while read():
                pass
            sys.stdout.write(seen)
            sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
            """;

    /** How many words stand before those of a test. */
    private static final int OPTIONS = 14;

    @TempDir
    private static Path folder;

    private static final List<GatewayEvent> events = new CopyOnWriteArrayList<>();
    private static Gateway gateway;
    private static Path key;

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
                .onEvent(events::add)
                .start();
    }

    @AfterAll
    static void stop() {
        gateway.close();
    }

    private static List<String> ssh(String account, String... words) {
        List<String> command = new ArrayList<>(List.of(
                "-F",
                "none",
                "-p",
                String.valueOf(gateway.sftpPort().orElseThrow()),
                "-i",
                key.toString(),
                "-o",
                "BatchMode=yes",
                "-o",
                "StrictHostKeyChecking=no",
                "-o",
                "LogLevel=ERROR",
                "-o",
                "UserKnownHostsFile=" + folder.resolve("known_hosts")));
        command.addAll(List.of(words));
        command.add(OPTIONS + optionCount(words), account + "@127.0.0.1");
        return command;
    }

    private static int optionCount(String... words) {
        int count = 0;
        while (count < words.length && words[count].startsWith("-")) {
            count++;
        }
        return count;
    }

    private static ClientCommand client(String account, String... words) {
        return Clients.command("ssh", ssh(account, words).toArray(String[]::new));
    }

    private static ClientResult run(String account, String... words) throws InterruptedException {
        return client(account, words).run(LIMIT);
    }

    /** @param steps a Python list of pairs: a pattern to wait for, and what to type then */
    private static ClientResult type(String steps, String account, String... words) throws InterruptedException {
        List<String> command = new ArrayList<>(List.of("-c", TYPIST, steps, "ssh"));
        command.addAll(ssh(account, words));
        return Clients.command("python3", command.toArray(String[]::new))
                .environment("TERM", "xterm-256color")
                .run(LIMIT);
    }

    private static CommandRun lastRun(String command) {
        return events.stream()
                .filter(CommandRun.class::isInstance)
                .map(CommandRun.class::cast)
                .filter(run -> run.command().equals(command))
                .reduce((_, last) -> last)
                .orElseThrow(() -> new AssertionError(command + " is not among " + events));
    }

    @Test
    void oneCommandHasItsOutputItsExitStatusAndItsLineInTheAudit() throws Exception {
        assertThat(run("root", "account", "list").assertSuccess().stdout())
                .containsSubsequence("NAME", "SOURCE", "anna", "configuration", "root", "configuration");
        assertThat(run("root", "slipway sessions list --output json")
                        .assertSuccess()
                        .stdout())
                .matches("\\[\\{\"id\":\"\\d+\",\"since\":\"[^\"]+\",\"protocol\":\"sftp\",\"address\":\"127.0.0.1\","
                        + "\"account\":\"root\"}]\\R");

        ClientResult unknown = run("root", "account", "show", "nobody");
        assertThat(unknown.exitCode()).isEqualTo(1);
        assertThat(unknown.stderr()).contains("no account 'nobody'", "slipway account list");
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
    void accountsThatAreNoAdministratorsHaveNoShellAndNoCommands() throws Exception {
        assertThat(run("anna", "account", "list").assertFailure().stderr()).contains("no shell");
        assertThat(run("anna").assertFailure().stdout()).isEmpty();
        assertThat(run("anna", "-tt", "account", "list").assertFailure().stdout())
                .doesNotContain("configuration");
    }

    @Test
    void checksumsAreStillChecksums() throws Exception {
        assertThat(client("root", "md5sum")
                        .input("abc")
                        .run(LIMIT)
                        .assertSuccess()
                        .stdout())
                .startsWith("900150983cd24fb0d6963f7d28e17f72");
    }

    @Test
    void whatIsPipedInIsReadByTheCommand() throws Exception {
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

    @Test
    void anAdministratorWhoIsNoneAnyMoreIsRefusedAtTheNextCommand() throws Exception {
        String publicKey = Files.readString(folder.resolve("key.pub")).strip();
        run("root", "account add deputy --no-password --options admin").assertSuccess();
        run("root", "account key add deputy " + publicKey).assertSuccess();
        // A gateway takes up a new account within about a second.
        for (int i = 0; i < 50 && run("deputy", "account", "list").exitCode() != 0; i++) {
            assertThat(i).as("in time").isLessThan(49);
        }
        ClientResult typed = type(
                "[('slipway> ', 'account set deputy --options none\\r'), ('options +none.*slipway> ',"
                        + " 'account list\\r'), ('may not do that any more', '\\x04')]",
                "deputy");
        assertThat(typed.stdout()).contains("may not do that any more");
        run("root", "account remove deputy").assertSuccess();
    }

    @Test
    void aSessionIsEnded() throws Exception {
        ClientResult typed = type("[('slipway> ', 'sessions disconnect --account root\\r')]", "root");
        assertThat(typed.exitCode()).isEqualTo(255);
        assertThat(typed.stdout()).contains("disconnected 1 sessions");
    }

    @Test
    void theShellEditsCompletesRemembersAndIsLeft() throws Exception {
        ClientResult typed = type(
                "[('slipway> ', 'acc\\t'), ('account', 'sh\\t'), ('show', 'an\\t'), ('anna', '\\r'),"
                        + " ('source +configuration.*slipway> ', 'account show nobody\\r'),"
                        + " ('\\x1b\\\\[31m.*no account.*slipway> ', 'quot\\x03'),"
                        + " ('slipway> ', '\\x1bOA\\x1bOA\\r'), ('source +configuration.*slipway> ', '\\x04')]",
                "root");
        assertThat(typed.exitCode()).as(typed.stdout()).isZero();
        assertThat(lastRun("account show anna").status()).isZero();

        // Another session knows what was typed in this one, and nobody else's.
        ClientResult again =
                type("[('slipway> ', '\\x1bOA\\r'), ('source +configuration.*slipway> ', 'exit\\r')]", "root");
        assertThat(again.exitCode()).as(again.stdout()).isZero();
        Path histories = folder.resolve("state/shell-history");
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(histories)))
                .isEqualTo("rwx------");
        assertThat(Files.readString(histories.resolve("root"))).contains("account show anna");
    }

    @Test
    void aTerminalIsNotSteeredByNames() throws Exception {
        ClientResult shown = run("root", "account show \"$(printf 'a\\033[2Jb')\"");
        assertThat(shown.stderr()).doesNotContain("\u001b");
        ClientResult json = run("root", "-tt", "account list --output json").assertSuccess();
        assertThat(json.stdout()).startsWith("[{\"name\":\"anna\"").doesNotContain("\u001b");
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
    void theHostReachesTheGatewayThatRunsThroughAPrivateSocket() throws Exception {
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
        assertThat(wrong.err()).contains("no such session (any more): 4711");
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
        assertThat(tooLong.err()).contains("state.directory a shorter one");
    }
}
