package dev.slipway.admin.api;

import dev.slipway.admin.AdminServer;
import dev.slipway.admin.http.HttpSettings;
import dev.slipway.admin.management.Activity;
import dev.slipway.admin.management.RemoteAccess;
import dev.slipway.admin.management.Services;
import dev.slipway.core.VirtualPath;
import dev.slipway.core.account.Account;
import dev.slipway.core.account.AccountDirectory;
import dev.slipway.core.account.AccountEntry;
import dev.slipway.core.account.AccountLimits;
import dev.slipway.core.account.AccountOption;
import dev.slipway.core.account.ApiToken;
import dev.slipway.core.account.AuthorizedKey;
import dev.slipway.core.account.LoginLimits;
import dev.slipway.core.account.Mount;
import dev.slipway.core.account.PasswordHash;
import dev.slipway.core.account.Permission;
import dev.slipway.core.account.Role;
import dev.slipway.core.account.Sessions;
import dev.slipway.core.event.Events;
import dev.slipway.core.event.GatewayEvent;
import dev.slipway.core.setting.SettingsBuilder;
import dev.slipway.core.state.AccountTable;
import dev.slipway.core.state.ApiTokenTable;
import dev.slipway.core.state.StateDatabase;
import dev.slipway.core.store.PartPool;
import dev.slipway.core.store.s3.TestBucket;
import dev.slipway.core.store.s3.TestStore;
import dev.slipway.core.vfs.ObjectFileSystems;
import dev.slipway.ingest.rule.RuleSettings;
import dev.slipway.ingest.rule.Rules;
import dev.slipway.testing.Patience;
import dev.slipway.transfer.job.Job;
import dev.slipway.transfer.job.NewJob;
import dev.slipway.transfer.push.AutoMode;
import dev.slipway.transfer.push.PushOrder;
import dev.slipway.transfer.push.PushOrderException;
import dev.slipway.transfer.push.Pushes;
import dev.slipway.transfer.remote.Capabilities;
import dev.slipway.transfer.remote.Remote;
import dev.slipway.transfer.remote.RemoteCheck;
import dev.slipway.transfer.remote.RemoteException;
import dev.slipway.transfer.remote.RemoteFailure;
import dev.slipway.transfer.remote.RemoteReport;
import dev.slipway.transfer.remote.RemoteSpace;
import dev.slipway.transfer.remote.Remotes;
import dev.slipway.transfer.remote.SecretBox;
import dev.slipway.transfer.remote.StoredRemotes;
import dev.slipway.transfer.remote.TransferMode;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** A running API with a real database, and jobs that a test controls. Each answer is checked against the document. */
final class RunningApi implements AutoCloseable {
    static final String ADMINISTRATOR = "boss";
    static final String PASSWORD = "of-the-boss";
    private static final Duration LIMIT = Patience.LIMIT;

    final ListedJobs jobs = new ListedJobs();
    final List<GatewayEvent> audit = new CopyOnWriteArrayList<>();
    final StateDatabase database;
    final Remotes remotes;
    final HttpClient client = HttpClient.newHttpClient();
    final Sessions sessions;
    final Events events = new Events();
    final Activity activity;
    final ObjectFileSystems fileSystems;
    private final TestStore store;
    private final AccountDirectory directory;
    private final HttpApi api;
    private final AdminServer server;
    private final OpenApiDocument document = new OpenApiDocument();

    RunningApi(Path directory) throws IOException {
        this(directory, new ApiSettings(false, false, true, Duration.ofMillis(300)));
    }

    /** The settings of the listener. */
    static SettingsBuilder<HttpSettings> listener() {
        return HttpSettings.builder().set("hosts", "slipway.example");
    }

    RunningApi(Path folder, ApiSettings settings) throws IOException {
        this(folder, settings, listener().build());
    }

    /** @param clock tells the API, but not the directory of accounts, what time it is */
    RunningApi(Path folder, ApiSettings settings, Clock clock) throws IOException {
        this(folder, settings, listener().build(), clock);
    }

    RunningApi(Path folder, ApiSettings settings, HttpSettings listener) throws IOException {
        this(folder, settings, listener, Clock.systemUTC());
    }

    private RunningApi(Path folder, ApiSettings settings, HttpSettings listener, Clock clock) throws IOException {
        database = StateDatabase.open(folder.resolve("slipway.db"));
        events.subscribe(audit::add);
        AccountEntry boss = AccountEntry.of(
                new Account(
                        ADMINISTRATOR,
                        List.of(new Mount(VirtualPath.ROOT, "bucket", "", false)),
                        EnumSet.allOf(Permission.class),
                        Set.of(AccountOption.ADMIN),
                        Account.UNLIMITED),
                PasswordHash.of(PASSWORD.toCharArray()),
                List.of());
        directory = new AccountDirectory(
                List.of(boss), new AccountTable(database), LoginLimits.DEFAULTS, Clock.systemUTC(), events);
        directory.start();
        remotes = new StoredRemotes(database, new SecretBox(new byte[SecretBox.KEY_LENGTH]), List.of());
        sessions = new Sessions(events, Clock.systemUTC());
        store = TestStore.with(database, TestBucket.inMemory());
        fileSystems = ObjectFileSystems.builder(store.store(), store.attributes())
                .admissionWait(Duration.ofSeconds(1))
                .current(directory::current)
                .events(events)
                .build();
        activity = new Activity(
                sessions,
                fileSystems.transfers(),
                Map.of("uploads", PartPool.forUploads(64 << 20)),
                jobs,
                List::of,
                events,
                Clock.systemUTC());
        api = new HttpApi(
                new ApiServices(
                        new Services(
                                database,
                                List.of(boss),
                                "bucket",
                                AccountLimits.UNLIMITED,
                                RunningApi::key,
                                remotes,
                                new Answers(),
                                new Services.Running(
                                        sessions,
                                        jobs,
                                        new ListedPushes(),
                                        null,
                                        null,
                                        null,
                                        rules(),
                                        null,
                                        null,
                                        activity)),
                        directory,
                        fileSystems),
                settings,
                events,
                clock);
        server = AdminServer.start(
                new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
                listener,
                new PrometheusMeterRegistry(PrometheusConfig.DEFAULT),
                List::of,
                api,
                null);
    }

    private static Rules rules() {
        return new Rules(List.of(
                new SettingsBuilder<>(RuleSettings.class)
                        .set("name", "reported")
                        .set("minimumSize", "1KiB")
                        .set("steps[0].action", "move")
                        .set("steps[0].to", "done/{name}")
                        .set("steps[1].action", "webhook")
                        .set("steps[1].url", "https://hooks.example/private")
                        .set("steps[1].secret", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
                        .set("steps[1].message", "{name} came from {account}")
                        .build(),
                new SettingsBuilder<>(RuleSettings.class)
                        .set("name", "notes")
                        .set("contentTypes", "text/*")
                        .set("tags", "type=note")
                        .set("steps[0].action", "delete")
                        .build()));
    }

    /** The number of event streams. */
    int streams() {
        return api.streams();
    }

    /** The number of streams of the overview. */
    int overviewStreams() {
        return api.overviewStreams();
    }

    boolean knows(String account, Predicate<Account> as) {
        return directory.find(account).filter(as).isPresent();
    }

    AccountDirectory.HttpLogin login(String name, String password) {
        return directory
                .authenticateOverHttp(name, password.toCharArray(), InetAddress.getLoopbackAddress())
                .orElseThrow();
    }

    private static AuthorizedKey key(String line) {
        String[] words = line.split(" ", 3);
        if (words.length < 2) {
            throw new IllegalArgumentException("it is no line of a .pub file");
        }
        return AuthorizedKey.parse(words[0] + " " + words[1], words.length == 3 ? words[2] : "");
    }

    List<Route> routes() {
        return api.routes();
    }

    /** Fake servers. */
    private static final class Answers implements RemoteAccess {
        @Override
        public List<String> hostKeys(String host, int port) throws RemoteException {
            if (host.startsWith("silent")) {
                throw new RemoteException(RemoteFailure.TIMEOUT, host + " does not answer");
            }
            return List.of("ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA");
        }

        @Override
        public RemoteReport test(Remote remote) {
            return new RemoteReport(
                    new Capabilities(Set.of("statvfs@openssh.com"), true, Set.of("curl")),
                    List.of(new RemoteCheck("/in", RemoteCheck.Result.FAILS, "permission denied")));
        }
    }

    /** Accepts all orders for its only remote. */
    private final class ListedPushes implements Pushes {
        @Override
        public Job submit(PushOrder order) throws PushOrderException {
            if (!order.destination().startsWith("vault:")) {
                throw new PushOrderException("there is no remote of that name: " + order.destination());
            }
            Job job = jobs.submit(new NewJob(
                    order.id(),
                    "push",
                    order.toString(),
                    "vault",
                    order.source(),
                    order.destination(),
                    order.priority(),
                    order.deadline(),
                    order.submitter(),
                    order.correlation(),
                    null));
            if (!job.wanted().source().equals(order.source())) {
                throw PushOrderException.conflict("the id belongs to another order");
            }
            return job;
        }

        @Override
        public AutoMode autoMode(String remote, @Nullable String bucket) {
            return new AutoMode(TransferMode.STREAMING, "its curl does not reach the store");
        }

        @Override
        public RemoteSpace space(String remote, String path) {
            return new RemoteSpace(100, 40, "/", "df");
        }
    }

    /** Creates a token as a command on the host does. */
    String token(String name, Role role) {
        return token(name, role, null);
    }

    String token(String name, Role role, @Nullable Instant expires) {
        String secret = ApiToken.newSecret();
        new ApiTokenTable(database)
                .add(new ApiToken(name, role, Instant.ofEpochSecond(1_700_000_000), expires, null, null), secret);
        return secret;
    }

    URI uri(String path) {
        return URI.create("http://127.0.0.1:" + server.port() + Routes.BASE + path);
    }

    int port() {
        return server.port();
    }

    HttpRequest.Builder request(String path) {
        return HttpRequest.newBuilder(uri(path)).timeout(LIMIT);
    }

    /** Sends a request whose answer must agree with the document. */
    HttpResponse<String> send(HttpRequest.Builder builder) throws IOException, InterruptedException {
        HttpRequest request = builder.build();
        HttpResponse<String> response = client.send(request, HttpResponse.BodyHandlers.ofString());
        document.check(request.method(), request.uri().getRawPath(), response);
        return response;
    }

    HttpResponse<String> get(String path, String token) throws IOException, InterruptedException {
        return send(request(path).header("Authorization", "Bearer " + token));
    }

    HttpResponse<String> send(String method, String path, String token, @Nullable String json)
            throws IOException, InterruptedException {
        HttpRequest.Builder builder = request(path).header("Authorization", "Bearer " + token);
        return send(withBody(builder, method, json));
    }

    static HttpRequest.Builder withBody(HttpRequest.Builder builder, String method, @Nullable String json) {
        return json == null
                ? builder.method(method, HttpRequest.BodyPublishers.noBody())
                : builder.header("Content-Type", "application/json")
                        .method(method, HttpRequest.BodyPublishers.ofString(json));
    }

    static JsonNode json(HttpResponse<String> response) {
        return JsonMapper.shared().readTree(response.body());
    }

    /** The last part of a problem's type. */
    static String problem(HttpResponse<String> response) {
        String type = json(response).get("type").stringValue();
        return type.substring(type.lastIndexOf('/') + 1);
    }

    @Override
    public void close() {
        client.close();
        server.close();
        activity.close();
        fileSystems.close();
        directory.close();
        store.close();
    }
}
