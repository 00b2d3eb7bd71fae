package dev.slipway.app;

import static org.assertj.core.api.Assertions.assertThat;

import dev.slipway.admin.command.Caller;
import dev.slipway.admin.command.CommandRunner;
import dev.slipway.admin.command.Console;
import dev.slipway.admin.command.SitePush;
import dev.slipway.admin.control.ControlClient;
import dev.slipway.admin.control.ControlServer;
import dev.slipway.admin.management.RemoteAccess;
import dev.slipway.admin.management.Services;
import dev.slipway.admin.shell.CommandShell;
import dev.slipway.app.keys.HostKeys;
import dev.slipway.core.Protocol;
import dev.slipway.core.VirtualPath;
import dev.slipway.core.account.Account;
import dev.slipway.core.account.AccountEntry;
import dev.slipway.core.account.AccountLimits;
import dev.slipway.core.account.AccountOption;
import dev.slipway.core.account.AccountSession;
import dev.slipway.core.account.Accounts;
import dev.slipway.core.account.Login;
import dev.slipway.core.account.Mount;
import dev.slipway.core.account.Permission;
import dev.slipway.core.account.ResumePolicy;
import dev.slipway.core.account.Sessions;
import dev.slipway.core.event.Events;
import dev.slipway.core.event.GatewayEvent;
import dev.slipway.core.net.ProxyProtocol;
import dev.slipway.core.operator.SiteCommands.Answer;
import dev.slipway.core.state.StateDatabase;
import dev.slipway.sftp.CertificateTrust;
import dev.slipway.sftp.SftpServer;
import dev.slipway.sftp.SftpSettings;
import dev.slipway.testing.ClientResult;
import dev.slipway.testing.Clients;
import dev.slipway.testing.Patience;
import dev.slipway.testing.RunningClient;
import dev.slipway.transfer.job.Job;
import dev.slipway.transfer.job.JobEngine;
import dev.slipway.transfer.job.JobException;
import dev.slipway.transfer.job.JobKind;
import dev.slipway.transfer.job.JobResult;
import dev.slipway.transfer.job.JobRun;
import dev.slipway.transfer.job.JobSettings;
import dev.slipway.transfer.job.JobStoppedException;
import dev.slipway.transfer.job.NewJob;
import dev.slipway.transfer.push.AutoMode;
import dev.slipway.transfer.push.PushOrder;
import dev.slipway.transfer.push.PushOrderException;
import dev.slipway.transfer.push.Pushes;
import dev.slipway.transfer.remote.Capabilities;
import dev.slipway.transfer.remote.Credentials;
import dev.slipway.transfer.remote.Remote;
import dev.slipway.transfer.remote.RemoteCheck;
import dev.slipway.transfer.remote.RemoteReport;
import dev.slipway.transfer.remote.RemoteSpace;
import dev.slipway.transfer.remote.Remotes;
import dev.slipway.transfer.remote.TransferMode;
import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.PublicKey;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.core.JsonParser;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.json.JsonFactory;

/** The commands for jobs and remotes, with the real job queue; the names of sources determine what the jobs do. */
class JobCommandsTest {
    private static final String FINGERPRINT = "SHA256:" + "a".repeat(43);
    private static final String KEY =
            "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOnmxNqZst/L+rks9X5VNm2Z3dlEAlysoDsnVVv3T8p9";

    private static final Duration LIMIT = Patience.LIMIT;

    @TempDir
    private Path folder;

    private final List<GatewayEvent> events = new CopyOnWriteArrayList<>();
    private final Orders orders = new Orders();
    private final KnownRemotes remotes = new KnownRemotes();
    private StateDatabase database;
    private JobEngine engine;
    private CommandRunner runner;

    @BeforeEach
    void start() {
        database = StateDatabase.open(folder.resolve("state.db"));
        JobSettings usual = JobSettings.DEFAULTS;
        engine = new JobEngine(
                database,
                Clock.systemUTC(),
                new JobSettings(
                        usual.running(),
                        usual.spaceInterval(),
                        usual.firstBackOff(),
                        usual.longestBackOff(),
                        usual.failures(),
                        usual.history(),
                        usual.historyJobs(),
                        Duration.ofMillis(50)),
                _ -> 4);
        engine.register(new Told());
        engine.start();
        Events published = new Events();
        published.subscribe(events::add);
        runner = new CommandRunner(
                new Services(
                        database,
                        List.of(
                                account("anna", Set.of(AccountOption.PUSH), Permission.values()),
                                account("otto", Set.of(AccountOption.PUSH), Permission.LIST),
                                account("paul", Set.of(), Permission.values()),
                                account("root", Set.of(AccountOption.ADMIN), Permission.values())),
                        "files",
                        AccountLimits.DEFAULT,
                        StateOptions::authorizedKey,
                        remotes,
                        new Access(),
                        new Services.Running(new Sessions(published, Clock.systemUTC()), engine, orders, null)),
                published,
                Clock.systemUTC());
    }

    @AfterEach
    void stop() {
        engine.close();
        database.close();
    }

    private static AccountEntry account(String name, Set<AccountOption> options, Permission... permissions) {
        return AccountEntry.of(
                new Account(
                                name,
                                List.of(new Mount(VirtualPath.ROOT, "files", "", false)),
                                Set.of(permissions),
                                options,
                                Account.UNLIMITED,
                                ResumePolicy.OFF)
                        .withRemotes(Set.of("vault")),
                null,
                List.of());
    }

    private static AccountSession client(String account) {
        Set<AccountOption> options = switch (account) {
            case "root" -> Set.of(AccountOption.ADMIN);
            case "paul" -> Set.of();
            default -> Set.of(AccountOption.PUSH);
        };
        return new Sessions(new Events(), Clock.systemUTC())
                .begin(
                        Login.lasting(
                                account(account, options, Permission.values()).account()),
                        Protocol.FTPS,
                        InetAddress.getLoopbackAddress())
                .orElseThrow();
    }

    private record Result(int status, String out, String err) {
        Result assertSuccess() {
            assertThat(status).as(out + err).isZero();
            return this;
        }
    }

    private Result run(String... words) {
        return run(new Screen(0, "", Long.MAX_VALUE), words);
    }

    private Result run(Screen screen, String... words) {
        int status = runner.run(Caller.administrator(client("root")), List.of(words), screen);
        return new Result(status, screen.out.toString(), screen.err.toString());
    }

    private String push(String source) {
        return id(run("push", source, "vault:/in/", "--output", "json")
                .assertSuccess()
                .out());
    }

    private static String id(String json) {
        return Objects.requireNonNull(json(json).get("id"));
    }

    /** The plain fields of a JSON text with one object, which is read to its end. */
    private static Map<String, String> json(String text) {
        Map<String, String> fields = new TreeMap<>();
        try (JsonParser parser = new JsonFactory().createParser(ObjectReadContext.empty(), text)) {
            for (var token = parser.nextToken(); token != null; token = parser.nextToken()) {
                if (token.isScalarValue()) {
                    fields.put(String.valueOf(parser.currentName()), parser.getString());
                }
            }
        }
        return fields;
    }

    @Test
    void aPushWithWaitReportsItsOutcome() {
        Result done = run("push", "files:done", "vault:/in/", "--wait", "--overwrite", "--deadline", "2h");
        assertThat(done.assertSuccess().out()).contains("all of it is there");
        assertThat(done.err()).contains("job ").doesNotContain("\r");
        PushOrder order = orders.taken.getLast();
        assertThat(order.overwrite()).isTrue();
        assertThat(order.deadline()).isNotNull();
        assertThat(order.submitter()).isEqualTo("root");

        Result failed = run("push", "files:fail", "vault:/in/", "--wait");
        assertThat(failed.status()).isEqualTo(1);
        assertThat(failed.err()).contains("the job failed: no such object", "slipway jobs show");
        Result json = run("push", "files:done", "vault:/in/", "--wait", "--output", "json");
        assertThat(json(json.assertSuccess().out()))
                .containsEntry("state", "succeeded")
                .containsEntry("bytesDone", "10");

        assertThat(run("push", "files:done", "nowhere:/x").err()).contains("no remote nowhere");
        assertThat(run("push", "files:done", "vault:/x", "--priority", "101").status())
                .isEqualTo(2);
        assertThat(run("push", "files:done", "vault:/x", "--deadline", "soon").err())
                .contains("30m, 12h or 7d");
        assertThat(run("push", "files:done").status()).isEqualTo(2);
    }

    @Test
    void aTerminalShowsAProgressBarThatNamesCannotControl() {
        Screen screen = new Screen(80, "", Long.MAX_VALUE);
        String shown = run(screen, "push", "files:slow", "vault:/in/", "--wait")
                .assertSuccess()
                .out();
        assertThat(shown).containsPattern("\r\u001b\\[K\\[(#{10,})-{10,}] 50%").contains("5 B of 10 B", "half ?[2Jway");
        assertThat(lines(shown)).allMatch(line -> line.length() <= 79);
        String wide = run(new Screen(200, "", Long.MAX_VALUE), "push", "files:slow", "vault:/in/", "--wait")
                .out();
        assertThat(lines(wide))
                .as("it uses the width")
                .anyMatch(line -> line.length() >= 195 && line.length() <= 199 && line.contains("] 50% "));
        String narrow = run(new Screen(45, "", Long.MAX_VALUE), "push", "files:slow", "vault:/in/", "--wait")
                .out();
        assertThat(lines(narrow))
                .as("the bar is more important than what the job does")
                .contains("[############-------------] 50% 5 B of 10 B");
    }

    /** What is drawn one over the other, without what a terminal would wrap. */
    private static List<String> lines(String drawn) {
        return Pattern.compile("\u001b\\[\\?7l\r\u001b\\[K([^\r\u001b]*)\u001b\\[\\?7h")
                .matcher(drawn)
                .results()
                .map(line -> line.group(1))
                .toList();
    }

    /** Its user makes it narrower meanwhile. */
    @Test
    void aTerminalWithAllCharactersShowsFinerBarsInItsWidth() {
        Screen screen = new Screen(100, "", Long.MAX_VALUE);
        screen.unicode = true;
        screen.narrower = 60;
        String shown = run(screen, "push", "files:slow", "vault:/in/", "--wait")
                .assertSuccess()
                .out();
        assertThat(shown).containsPattern("█{20,}▌░{20,} 50%").doesNotContain("#");
        assertThat(lines(shown)).anyMatch(line -> line.length() > 59 && line.contains("50%"));
        assertThat(lines(shown)).anyMatch(line -> line.length() <= 59 && line.contains("50%"));
    }

    /** The gateway draws, and does not have the terminal. */
    @Test
    void aCommandOnThisMachineFollowsItsTerminal() throws Exception {
        String id = push("files:half");
        AtomicInteger columns = new AtomicInteger(100);
        StringWriter out = new StringWriter();
        Path socket = folder.resolve("control.sock");
        try (ControlServer _ = ControlServer.start(socket, runner);
                ExecutorService client = Executors.newVirtualThreadPerTaskExecutor()) {
            Future<Integer> status = client.submit(() -> ControlClient.run(
                    socket,
                    List.of("jobs", "follow", id.substring(0, 8)),
                    columns::get,
                    true,
                    new PrintWriter(out),
                    new PrintWriter(out)));
            Patience.await(
                    "a wide bar",
                    () -> status.isDone()
                            || lines(out.toString()).stream()
                                    .anyMatch(line -> line.length() > 90 && line.matches("█+▌?░+ 50% .*")));
            assertThat(status.isDone()).as(() -> out.toString()).isFalse();
            columns.set(50);
            Patience.await("a narrow bar", () -> lines(out.toString()).getLast().matches("(?=.{40,49}$)█+▌?░+ 50% .*"));
            run("jobs", "cancel", id).assertSuccess();
            assertThat(status.get()).isEqualTo(1);
            assertThat(lines(out.toString())).allMatch(line -> line.length() <= 99);
        }
    }

    @Test
    void aListFitsTheTerminal() {
        String id = push("files:" + "long/".repeat(30) + "done");
        Screen screen = new Screen(80, "", Long.MAX_VALUE);
        String list = run(screen, "jobs", "list").assertSuccess().out();
        assertThat(list.lines()).allMatch(line -> line.length() <= 80);
        assertThat(run(new Screen(60, "", Long.MAX_VALUE), "jobs", "list").out().lines())
                .allMatch(line -> line.length() <= 60)
                .anyMatch(line -> line.startsWith(id.substring(0, 8) + "  "));
        assertThat(list)
                .contains(id.substring(0, 8), "files:lon...  vault:/in/")
                .doesNotContain(id);
        Screen unicode = new Screen(80, "", Long.MAX_VALUE);
        unicode.unicode = true;
        assertThat(run(unicode, "jobs", "list").assertSuccess().out())
                .contains("files:long/…  vault:/in/")
                .doesNotContain("...");
        assertThat(run("jobs", "list").assertSuccess().out()).contains(id, "long/done");
    }

    @Test
    void theBeginningOfAnIdIsEnough() {
        String id = push("files:forever");
        assertThat(run("jobs", "show", id.substring(0, 8)).assertSuccess().out())
                .contains(id);
        assertThat(run("jobs", "show", id.substring(0, 3)).err()).contains("no such job");
        assertThat(run("jobs", "cancel", id.substring(0, 13)).assertSuccess().out())
                .contains("cancelled 1 job");
        assertThat(run("jobs", "list", "--state", "queued,running").out()).doesNotContain(id);
        String similar = id.substring(0, 8) + "-0000-4000-8000-000000000000";
        push("files:done", similar);
        assertThat(run("jobs", "show", id.substring(0, 8)).err())
                .contains("several jobs begin with '" + id.substring(0, 8) + "'", id, similar);
        assertThat(run("jobs", "show", similar).assertSuccess().out()).contains(similar);
        Screen screen = new Screen(200, "", Long.MAX_VALUE);
        assertThat(run(screen, "jobs", "list").out())
                .as("as much of the ids as tells them apart")
                .contains(id.substring(0, 9), similar.substring(0, 9))
                .doesNotContain(id, similar);
    }

    /** Otherwise a job would end when somebody cancels an older one that is forgotten. */
    @Test
    void idsThatPeopleHaveChosenAreNotAbbreviated() {
        push("files:forever", "order-11");
        assertThat(run("jobs", "cancel", "order-1").err()).contains("no such job: 'order-1'");
        assertThat(run("jobs", "show", "order-11").out()).containsPattern("state +(queued|running)");
        assertThat(run(new Screen(200, "", Long.MAX_VALUE), "jobs", "list").out())
                .contains("order-11");
        push("files:forever", "deadbeefcafe");
        assertThat(run("jobs", "cancel", "deadbeef").err()).contains("no such job: 'deadbeef'");
    }

    private void push(String source, String id) {
        run("push", source, "vault:/in/", "--id", id).assertSuccess();
    }

    @Test
    void aJobIsShownWithItsModePartsRateAndWhyAttemptsFailed() throws InterruptedException {
        String id = push("files:broken");
        await(id, "retrying");
        assertThat(run("jobs", "show", id).assertSuccess().out())
                .containsPattern("mode +direct in 4 parts")
                .containsPattern("attempt 1 +[^ ]+ to [^ ]+, direct in 4 parts, 7.0 MiB, [0-9.]+ MiB/s: "
                        + "the connection broke");
        assertThat(json(run("jobs", "show", id, "--output", "json").out()))
                .containsEntry("mode", "direct")
                .containsEntry("parts", "4")
                .containsEntry("bytes", "7340032");
        run("jobs", "retry", id).assertSuccess();
        await(id, "running");
        Patience.await(
                "it has sent more",
                () -> run("jobs", "show", id).out().matches("(?s).*\nrate +[0-9.]+ MiB/s since this attempt began.*"));
        assertThat(run("jobs", "show", id).out())
                .containsPattern("mode +streaming in 4 parts")
                .containsPattern("attempt 2 +[^ ]+ to -, streaming in 4 parts, 3.0 MiB");
    }

    /** Their sizes are not known before, so the files that are left tell the time. */
    @Test
    void batchesShowABarCountsAndTheTimeThatIsLeft() {
        String shown = run(new Screen(120, "", Long.MAX_VALUE), "push", "files:many", "vault:/in/", "--wait")
                .assertSuccess()
                .out();
        assertThat(lines(shown))
                .anyMatch(line -> line.matches("\\[#+-+] [1-9]\\d?% \\d of 8 files, .*MiB/s, 0:0\\d left, running.*"));
    }

    @Test
    void jobsAreFoundByTimeAndCorrelation() {
        String id = push("files:done");
        engine.submit(new NewJob(
                "related", "told", "", "vault", "files:done", "vault:/in/", 0, null, "root", "invoice 7", null));
        assertThat(run("jobs", "list", "--correlation", "invoice 7").out())
                .contains("related")
                .doesNotContain(id);
        assertThat(run("jobs", "list", "--since", "1h").out()).contains("related", id);
        assertThat(run("jobs", "list", "--until", "1h").out()).doesNotContain("related", id);
        assertThat(run("jobs", "list", "--since", "2000-01-31", "--until", "2001-01-31T12:00:00Z")
                        .out())
                .doesNotContain("related");
        assertThat(run("jobs", "list", "--since", "lately").err())
                .contains("--since 'lately'", "12h or 7d (that long ago)");
    }

    @Test
    void cancellingTheWaitLeavesTheJobAsItIs() {
        Result cancelled = run(new Screen(0, "", 2), "push", "files:forever", "vault:/in/", "--wait");
        assertThat(cancelled.status()).isEqualTo(130);
        assertThat(cancelled.err()).contains("The job continues. slipway jobs follow ");
        String id = id(run("jobs", "list", "--output", "json").out());
        run("jobs", "cancel", id).assertSuccess();
        assertThat(run("jobs", "follow", id).err()).contains("the job was cancelled");
    }

    @Test
    void jobsAreListedShownAndControlled() throws InterruptedException {
        String id = push("files:forever");
        assertThat(run("jobs", "list").assertSuccess().out()).contains(id, "files:forever", "vault:/in/", "root");
        assertThat(run("jobs", "list", "--state", "failed,cancelled").out()).doesNotContain(id);
        assertThat(run("jobs", "list", "--state", "lost").err()).contains("'lost' is not one of queued, running");
        assertThat(run("jobs", "pause", id).assertSuccess().out())
                .contains("paused 1 job")
                .doesNotContain("1 jobs");
        await(id, "paused");
        assertThat(run("jobs", "pause", id).status()).isEqualTo(1);
        run("jobs", "resume", id).assertSuccess();
        await(id, "running");
        assertThat(json(run("jobs", "cancel", id, "--output", "json")
                        .assertSuccess()
                        .out()))
                .containsValue(id);
        await(id, "cancelled");
        run("jobs", "retry", id).assertSuccess();
        await(id, "running");
        assertThat(run("jobs", "show", id).assertSuccess().out()).contains("attempt 1", "files:forever");
        run("jobs", "cancel", id).assertSuccess();
        assertThat(run("jobs", "show", "none").err()).contains("no such job: 'none'", "slipway jobs list");
        assertThat(run("jobs", "cancel", id, "none").err()).contains("no such job: 'none'");
    }

    private void await(String id, String state) throws InterruptedException {
        Patience.await(
                state,
                () -> state.equals(
                        json(run("jobs", "show", id, "--output", "json").out()).get("state")));
    }

    @Test
    void aRemoteIsAddedAfterItsKeyWasConfirmed() {
        Result unconfirmed = run(
                new Screen(0, "secret\n", 0), "remote", "add", "new", "me@host", "--any-folder", "--password-stdin");
        assertThat(unconfirmed.status()).isEqualTo(1);
        assertThat(unconfirmed.err()).contains("SHA256:", "(ssh-ed25519)", "--host-key SHA256:");
        Screen no = new Screen(80, "no", 0);
        assertThat(run(no, "remote", "add", "new", "me@host", "--agent", "--any-folder")
                        .err())
                .contains("nothing was changed");
        assertThat(remotes.find("new")).isEmpty();

        Screen yes = new Screen(80, "yes", 0);
        assertThat(run(yes, "remote", "add", "new", "me@[::1]:2022", "--agent", "--folder", "/in")
                        .assertSuccess()
                        .out())
                .contains("::1 port 2022", KEY);
        assertThat(remotes.find("new").orElseThrow().hostKeys()).containsExactly(KEY);

        Result secret = run(
                new Screen(0, "a secret\n", 0),
                "remote",
                "add",
                "other",
                "me@host",
                "--any-folder",
                "--password-stdin",
                "--host-key",
                FINGERPRINT,
                "--output",
                "json");
        assertThat(json(secret.assertSuccess().out())).containsEntry("proof", "password");
        assertThat(run("remote", "show", "other").out() + secret.out()).doesNotContain("a secret");
        assertThat(run("remote", "list").assertSuccess().out()).contains("new", "other", "vault", "configuration");
        assertThat(run("remote", "test", "other").assertSuccess().out())
                .contains("shell: yes", "curl, df", "mode auto chooses streaming: its curl does not reach the store")
                .containsPattern("/in +fails +permission denied");
        assertThat(run(yes, "remote", "trust", "other").assertSuccess().out()).contains(KEY);
        assertThat(run("remote", "show", "other").out()).containsPattern("folders +any \\(administrators only\\)");
        assertThat(run("remote", "set", "other", "--folder", "/in", "--dot-files")
                        .assertSuccess()
                        .out())
                .containsPattern("folders +/in")
                .containsPattern("dot-files +allowed");
        assertThat(run("remote", "set", "other", "--no-dot-files")
                        .assertSuccess()
                        .out())
                .containsPattern("folders +/in")
                .containsPattern("dot-files +refused");
        assertThat(remotes.find("other").orElseThrow().hostKeys()).containsExactly(KEY);
        assertThat(run("remote", "set", "other").err()).contains("--any-folder");
        assertThat(run("remote", "set", "vault", "--any-folder").err()).contains("in the configuration");
        assertThat(run("remote", "add", "x", "me@host", "--agent").err())
                .contains("--folder PATH, or use --any-folder");
        assertThat(run("remote", "add", "x", "me@host", "--agent", "--any-folder", "--folder", "/in")
                        .err())
                .contains("cannot be used together");
        run("remote", "remove", "other").assertSuccess();
        assertThat(run("remote", "remove", "vault").err()).contains("in the configuration");
        assertThat(run("remote", "add", "x", "host", "--agent").err()).contains("USER@HOST");
    }

    private String privateKey(String passphrase) throws Exception {
        Path file = folder.resolve("proof" + passphrase.length());
        Clients.command("ssh-keygen", "-q", "-t", "ed25519", "-N", passphrase, "-C", "test", "-f", file.toString())
                .run(LIMIT)
                .assertSuccess();
        return Files.readString(file);
    }

    @Test
    void aKeyIsAddedWithThePassphraseThatItNeeds() throws Exception {
        String locked = privateKey("a secret");
        String[] add = {"remote", "add", "keyed", "me@host", "--any-folder", "--host-key", FINGERPRINT, "--key-stdin"};
        Result none = run(new Screen(0, locked, 0), add);
        assertThat(none.status()).isEqualTo(1);
        assertThat(none.err()).contains("ask for its passphrase", "--passphrase-stdin");
        assertThat(remotes.find("keyed")).isEmpty();

        String[] both =
                Stream.concat(Stream.of(add), Stream.of("--passphrase-stdin")).toArray(String[]::new);
        assertThat(run(new Screen(0, "wrong\n" + locked, 0), both).err()).contains("the passphrase may be wrong");
        assertThat(run(new Screen(0, locked, 0), both).err()).contains("cannot be read");
        assertThat(remotes.find("keyed")).isEmpty();
        Result added = run(new Screen(0, "a secret\n" + locked, 0), both).assertSuccess();
        assertThat(added.out()).contains("proof", "key").doesNotContain("a secret");
        assertThat(remotes.find("keyed").orElseThrow().credentials())
                .isEqualTo(new Credentials.PrivateKey(locked, "a secret"));

        String open = privateKey("");
        run(new Screen(0, open, 0), add).assertSuccess();
        assertThat(remotes.find("keyed").orElseThrow().credentials()).isEqualTo(new Credentials.PrivateKey(open, null));
        assertThat(run(new Screen(0, open.substring(0, 200) + "PRIVATE KEY", 0), add)
                        .err())
                .contains("the private key cannot be read");
        assertThat(run("remote", "add", "x", "me@host", "--passphrase-stdin").status())
                .isEqualTo(2);
        assertThat(run("remote", "add", "x", "me@host", "--agent", "--key", "x").status())
                .isEqualTo(2);
    }

    @Test
    void clientsCannotUseKeyFilesOfTheGatewaysMachine() throws Exception {
        privateKey("");
        String file = folder.resolve("proof0").toString();
        for (Caller caller : List.of(Caller.administrator(client("root")), Caller.local("somebody"))) {
            Screen screen = new Screen(0, "", 0);
            int status = runner.run(
                    caller,
                    List.of("remote", "add", "x", "me@host", "--any-folder", "--host-key", FINGERPRINT, "--key", file),
                    screen);
            assertThat(status).isEqualTo(1);
            assertThat(screen.err.toString()).contains("does not read files for its clients", "--key-stdin < " + file);
        }
        assertThat(remotes.find("x")).isEmpty();
    }

    @Test
    void noSecretIsLogged() {
        run("push", "https://me:secret1@host/x?signature=secret2#secret3", "vault:/x", "--password=secret4", "a b");
        assertThat(events.getLast())
                .isInstanceOfSatisfying(
                        GatewayEvent.CommandRun.class,
                        run -> assertThat(run.command())
                                .isEqualTo("push https://host/x vault:/x --password=*** 'a b'")
                                .doesNotContain("secret"));
    }

    @Test
    void anAccountSendsItsOwnFilesAndSeesItsOwnJobs() throws Exception {
        SitePush site = new SitePush(runner);
        VirtualPath directory = VirtualPath.parse("/in");
        String others = push("files:forever");

        Answer pushed = site.run(client("anna"), directory, "PUSH", "'a forever' vault:/in/ --make-folders");
        assertThat(pushed.status()).as(pushed.toString()).isZero();
        assertThat(orders.taken.getLast().source()).isEqualTo("anna@/in/a forever");
        assertThat(orders.taken.getLast().submitter()).isEqualTo("anna");
        assertThat(site.run(client("anna"), directory, "PUSH", "\"../x/\" vault:/in/")
                        .status())
                .isZero();
        assertThat(orders.taken.getLast().source()).isEqualTo("anna@/x/");
        assertThat(site.run(client("anna"), directory, "PUSH", "files:secret vault:/in/")
                        .status())
                .isZero();
        assertThat(orders.taken.getLast().source()).isEqualTo("anna@/in/files:secret");

        Answer jobs = site.run(client("anna"), directory, "JOBS", "");
        assertThat(jobs.status()).isZero();
        assertThat(jobs.lines()).hasSize(4).noneMatch(line -> line.contains(others));
        assertThat(site.run(client("anna"), directory, "JOBS", "show " + others).lines())
                .anyMatch(line -> line.contains("no such job"));
        assertThat(site.run(client("anna"), directory, "JOBS", "cancel " + others)
                        .status())
                .isEqualTo(1);
        assertThat(site.run(client("anna"), directory, "SPACE", "vault").status())
                .isZero();
        assertThat(site.run(client("anna"), directory, "SPACE", "vault /nosuch").lines())
                .anyMatch(line -> line.startsWith("vault:/nosuch does not exist; vault:/ has "));
        assertThat(site.run(client("anna"), directory, "JOBS", "lisst").lines())
                .contains("Did you mean: slipway jobs list?");
        assertThat(site.run(client("anna"), directory, "JOBS", "bogus").lines())
                .noneMatch(line -> line.contains("Did you mean"));
        assertThat(site.run(client("anna"), directory, "SPACE", "other").lines())
                .anyMatch(line -> line.contains("slipway account set anna --remotes other"));

        assertThat(site.run(client("anna"), directory, "PUSH", "x vault:/in/ --wait")
                        .status())
                .isEqualTo(2);
        assertThat(site.run(client("anna"), directory, "JOBS", "follow " + others)
                        .status())
                .isEqualTo(2);
        assertThat(site.run(client("anna"), directory, "PUSH", "'x vault:/in/").lines())
                .anyMatch(line -> line.contains("not closed"));
        assertThat(site.run(client("otto"), directory, "PUSH", "x vault:/in/").lines())
                .anyMatch(line -> line.contains("may not read"));
        assertThat(site.run(client("paul"), directory, "PUSH", "x vault:/in/").status())
                .isEqualTo(1);
        assertThat(orders.taken).hasSize(4);
    }

    @Test
    void atATerminalCtrlCEndsTheCommandAndNotTheSession() throws Exception {
        Path key = folder.resolve("key");
        Clients.command("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "test", "-f", key.toString())
                .run(LIMIT)
                .assertSuccess();
        String id = push("files:forever");
        try (SftpServer server = new SftpServer(
                SftpSettings.builder().set("bind", "127.0.0.1").set("port", 0).build(),
                ProxyProtocol.OFF,
                new Everybody(),
                new Sessions(new Events(), Clock.systemUTC()),
                _ -> {
                    throw new IllegalStateException("no command here needs files");
                },
                HostKeys.openOrCreate(folder.resolve("ssh")),
                () -> CertificateTrust.NONE,
                new CommandShell(runner, folder.resolve("history")))) {
            server.start();
            SshTerminal ssh = new SshTerminal(server.port(), key);

            ClientResult talked = ssh.type(
                    "[('slipway> ', 'jobs follow " + id.substring(0, 8) + "\\t\\r'), ('running', '\\x03'),"
                            + " ('The job continues.*slipway> ', 'space va\\t\\r'),"
                            + " ('25.0%.*slipway> ', 'jobs follow " + id + "\\r'), ('running', '\\x03'),"
                            + " ('slipway> ', '\\x04')]",
                    "root");
            assertThat(talked.exitCode()).as(talked.stdout()).isEqualTo(130);

            ClientResult shown = ssh.type("[]", "root", "-tt", "push files:slow vault:/in/ --wait");
            assertThat(shown.exitCode()).as(shown.stdout()).isZero();
            assertThat(shown.stdout()).containsPattern("\r\u001b\\[K█+▌?░+ 50%").contains("all of it is there\r\n");
            ClientResult failed =
                    ssh.client("root", "push files:fail vault:/in/ --wait").run(LIMIT);
            assertThat(failed.exitCode()).isEqualTo(1);
            assertThat(failed.stderr()).contains("no such object").doesNotContain("\u001b");
            assertThat(ssh.type("[('running', '\\x03')]", "root", "-tt", "jobs follow " + id)
                            .exitCode())
                    .isEqualTo(130);

            // Without a terminal, only the client's end shows that it no longer waits.
            events.clear();
            try (RunningClient client = ssh.client("root", "jobs follow " + id).start()) {
                Patience.await("the job runs", () -> client.stderr().contains("running"));
            }
            Patience.await(
                    "the event",
                    () -> events.stream()
                            .anyMatch(event -> event instanceof GatewayEvent.CommandRun run && run.status() == 130));
        }
        run("jobs", "cancel", id).assertSuccess();
    }

    /** Accepts everybody with a key. */
    private static final class Everybody implements Accounts {
        @Override
        public Optional<Login> authenticate(String name, char[] password, InetAddress client) {
            return Optional.empty();
        }

        @Override
        public Optional<Login> authenticate(String name, PublicKey key, InetAddress client) {
            return Optional.of(Login.lasting(account(name, Set.of(AccountOption.ADMIN), Permission.values())
                    .account()));
        }
    }

    /** Does what the suffix of the source's name says. */
    private static final class Told implements JobKind {
        @Override
        public String name() {
            return "told";
        }

        @Override
        public JobResult run(JobRun run) throws JobException, JobStoppedException {
            String what = run.job().wanted().source();
            if (what.endsWith("fail")) {
                throw JobException.permanent("no such object");
            }
            if (what.endsWith("slow")) {
                run.progress("half \u001b[2Jway", 5, 10);
                pause(run, Duration.ofMillis(1500));
            }
            if (what.endsWith("forever")) {
                pause(run, Patience.LIMIT);
            }
            if (what.endsWith("half")) {
                run.progress("sending", 5, 10);
                pause(run, Patience.LIMIT);
            }
            if (what.endsWith("broken")) {
                breaking(run);
            }
            if (what.endsWith("many")) {
                for (int file = 0; file < 8; file++) {
                    run.progress("files", (long) file << 20, -1, file, 8);
                    pause(run, Duration.ofMillis(600));
                }
            }
            run.progress("sent", 10, 10);
            return new JobResult.Done("all of it is there");
        }

        /** The first attempt fails, and the second does not end. */
        private static void breaking(JobRun run) throws JobException, JobStoppedException {
            boolean first = run.job().attempt() == 1;
            run.sends(first ? "direct" : "streaming", 4);
            run.progress("sending", 0, 20 << 20);
            pause(run, Duration.ofMillis(1100));
            run.progress("sending", (first ? 7 : 10) << 20, 20 << 20);
            if (first) {
                throw JobException.temporary("the connection broke");
            }
            pause(run, Patience.LIMIT);
        }

        private static void pause(JobRun run, Duration time) throws JobException, JobStoppedException {
            CountDownLatch stopped = new CountDownLatch(1);
            run.onStop(stopped::countDown);
            try {
                var _ = stopped.await(time.toMillis(), TimeUnit.MILLISECONDS);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw JobException.temporary("interrupted", e);
            }
            run.throwIfStopped();
        }

        @Override
        public void discard(JobRun run) {
            // There is nothing to discard.
        }
    }

    private final class Orders implements Pushes {
        private final List<PushOrder> taken = new CopyOnWriteArrayList<>();

        @Override
        public Job submit(PushOrder order) throws PushOrderException {
            if (!order.destination().startsWith("vault:")) {
                throw new PushOrderException("there is no remote nowhere");
            }
            taken.add(order);
            return engine.submit(new NewJob(
                    order.id(),
                    "told",
                    "",
                    "vault",
                    order.source(),
                    order.destination(),
                    order.priority(),
                    order.deadline(),
                    order.submitter(),
                    "",
                    null));
        }

        @Override
        public AutoMode autoMode(String remote, @Nullable String bucket) {
            return new AutoMode(TransferMode.STREAMING, "its curl does not reach the store");
        }

        @Override
        public RemoteSpace space(String remote, String path) {
            return new RemoteSpace(4L << 30, 1L << 30, path.equals("/nosuch") ? "/" : path, "df");
        }
    }

    private static final class KnownRemotes implements Remotes {
        private static final Remote VAULT = new Remote(
                "vault",
                "127.0.0.1",
                22,
                "me",
                new Credentials.Agent(),
                List.of("SHA256:x"),
                List.of(),
                TransferMode.AUTO,
                1,
                1,
                OptionalInt.empty(),
                "/data");

        private final Map<String, Remote> added = new ConcurrentHashMap<>();

        @Override
        public Optional<Remote> find(String name) {
            return name.equals("vault") ? Optional.of(VAULT) : Optional.ofNullable(added.get(name));
        }

        @Override
        public List<Remote> all() {
            List<Remote> all = new CopyOnWriteArrayList<>(added.values());
            all.add(VAULT);
            return all;
        }

        @Override
        public boolean isConfigured(String name) {
            return name.equals("vault");
        }

        @Override
        public void put(Remote remote) {
            added.put(remote.name(), remote);
        }

        @Override
        public boolean remove(String name) {
            return added.remove(name) != null;
        }

        @Override
        public Optional<Capabilities> capabilities(String name) {
            return Optional.empty();
        }

        @Override
        public void remember(String name, Capabilities capabilities) {
            assertThat(find(name)).isPresent();
        }
    }

    private static final class Access implements RemoteAccess {
        @Override
        public List<String> hostKeys(String host, int port) {
            return List.of(KEY);
        }

        @Override
        public RemoteReport test(Remote remote) {
            return new RemoteReport(
                    new Capabilities(Set.of(), true, Set.of("curl", "df")),
                    List.of(new RemoteCheck("/in", RemoteCheck.Result.FAILS, "permission denied")));
        }
    }

    /** With or without a terminal; with one typed answer and a number of waits. */
    private static final class Screen implements Console {
        private final StringWriter out = new StringWriter();
        private final StringWriter err = new StringWriter();
        private final PrintWriter outWriter = new PrintWriter(out);
        private final PrintWriter errWriter = new PrintWriter(err);
        private final int columns;
        private final String typed;
        private long waits;
        private boolean unicode;

        /** The columns once half of a bar was drawn; 0 for the same. */
        private int narrower;

        Screen(int columns, String typed, long waits) {
            this.columns = columns;
            this.typed = typed;
            this.waits = waits;
        }

        @Override
        public PrintWriter out() {
            return outWriter;
        }

        @Override
        public PrintWriter err() {
            return errWriter;
        }

        @Override
        public InputStream input() {
            return new ByteArrayInputStream(typed.getBytes(StandardCharsets.UTF_8));
        }

        @Override
        public char @Nullable [] readSecret(String prompt) {
            return columns == 0 ? null : typed.toCharArray();
        }

        @Override
        public @Nullable String readLine(String prompt) {
            return columns == 0 ? null : typed;
        }

        @Override
        public int columns() {
            return narrower > 0 && out.toString().contains("50%") ? narrower : columns;
        }

        @Override
        public boolean isUnicode() {
            return unicode;
        }

        @Override
        public boolean isCancelledWithin(Duration time) {
            LockSupport.parkNanos(time.toNanos() / 5);
            return waits-- <= 0;
        }
    }
}
