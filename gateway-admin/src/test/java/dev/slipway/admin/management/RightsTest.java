package dev.slipway.admin.management;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.slipway.admin.api.ListedJobs;
import dev.slipway.admin.management.ManagementException.Reason;
import dev.slipway.core.InvalidFieldsException;
import dev.slipway.core.VirtualPath;
import dev.slipway.core.account.Account;
import dev.slipway.core.account.AccountDefinition;
import dev.slipway.core.account.AccountEntry;
import dev.slipway.core.account.AccountLimits;
import dev.slipway.core.account.AccountOption;
import dev.slipway.core.account.Mount;
import dev.slipway.core.account.Permission;
import dev.slipway.core.account.Role;
import dev.slipway.core.account.Sessions;
import dev.slipway.core.account.TokenOwner;
import dev.slipway.core.event.Events;
import dev.slipway.core.event.Origin;
import dev.slipway.core.setting.SettingsBuilder;
import dev.slipway.core.state.StateDatabase;
import dev.slipway.core.store.s3.TestBucket;
import dev.slipway.core.store.s3.TestStore;
import dev.slipway.core.vfs.ObjectFileSystems;
import dev.slipway.ingest.rule.Rules;
import dev.slipway.ingest.target.Targets;
import dev.slipway.ingest.watch.WatchSettings;
import dev.slipway.ingest.watch.Watches;
import dev.slipway.transfer.job.Job;
import dev.slipway.transfer.job.JobState;
import dev.slipway.transfer.job.NewJob;
import dev.slipway.transfer.push.AutoMode;
import dev.slipway.transfer.push.PushOrder;
import dev.slipway.transfer.push.Pushes;
import dev.slipway.transfer.remote.Capabilities;
import dev.slipway.transfer.remote.Credentials;
import dev.slipway.transfer.remote.Remote;
import dev.slipway.transfer.remote.RemoteReport;
import dev.slipway.transfer.remote.RemoteSpace;
import dev.slipway.transfer.remote.SecretBox;
import dev.slipway.transfer.remote.StoredRemotes;
import dev.slipway.transfer.remote.TransferMode;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Who may do what, at the services themselves: commands and the HTTP API rely on it. */
class RightsTest {
    private static final String FINGERPRINT = "SHA256:" + "a".repeat(43);

    @TempDir
    private Path folder;

    private final ListedJobs jobs = new ListedJobs();
    private final List<PushOrder> orders = new ArrayList<>();
    private StateDatabase database;
    private TestStore store;
    private StoredRemotes remotes;
    private Services services;

    @BeforeEach
    void open() {
        database = StateDatabase.open(folder.resolve("state.db"));
        remotes = new StoredRemotes(database, new SecretBox(new byte[SecretBox.KEY_LENGTH]), List.of());
        remotes.put(remote("vault"));
        remotes.put(remote("other"));
        store = TestStore.with(database, TestBucket.inMemory());
        Watches watches = new Watches(
                database,
                new Targets(
                        ObjectFileSystems.builder(store.store(), store.attributes())
                                .admissionWait(Duration.ofSeconds(1))
                                .build(),
                        _ -> Optional.empty(),
                        "files"),
                List.of(new SettingsBuilder<>(WatchSettings.class)
                        .set("name", "in")
                        .set("folder", folder)
                        .build()),
                Clock.systemUTC());
        services = new Services(
                database,
                List.of(pusher("anna", Permission.READ), pusher("bert", Permission.WRITE)),
                "files",
                AccountLimits.UNLIMITED,
                line -> {
                    throw new IllegalArgumentException("unused: " + line);
                },
                remotes,
                new Answers(),
                new Services.Running(
                        new Sessions(new Events(), Clock.systemUTC()),
                        jobs,
                        new Accepting(),
                        null,
                        null,
                        watches,
                        new Rules(List.of()),
                        null,
                        null,
                        null));
    }

    @AfterEach
    void close() {
        store.close();
    }

    private static AccountEntry pusher(String name, Permission permission) {
        return AccountEntry.of(
                new Account(
                                name,
                                List.of(new Mount(VirtualPath.ROOT, "files", "", false)),
                                Set.of(permission),
                                Set.of(AccountOption.PUSH),
                                Account.UNLIMITED)
                        .withRemotes(Set.of("vault")),
                null,
                List.of());
    }

    private static Remote remote(String name) {
        return new Remote(
                name,
                "192.0.2.1",
                22,
                "ingest",
                new Credentials.Password("secret"),
                List.of(FINGERPRINT),
                List.of("/in"),
                TransferMode.AUTO,
                1,
                1,
                OptionalInt.empty(),
                "");
    }

    private static final class Answers implements RemoteAccess {
        @Override
        public List<String> hostKeys(String host, int port) {
            return List.of(FINGERPRINT);
        }

        @Override
        public RemoteReport test(Remote remote) {
            return new RemoteReport(new Capabilities(Set.of(), false, Set.of()), List.of());
        }
    }

    private final class Accepting implements Pushes {
        @Override
        public Job submit(PushOrder order) {
            orders.add(order);
            return jobs.submit(new NewJob(
                    order.id(),
                    "push",
                    "",
                    "vault",
                    order.source(),
                    order.destination(),
                    order.priority(),
                    order.deadline(),
                    order.submitter(),
                    order.correlation(),
                    null));
        }

        @Override
        public AutoMode autoMode(String remote, @Nullable String bucket) {
            return new AutoMode(TransferMode.STREAMING, "of a test");
        }

        @Override
        public RemoteSpace space(String remote, String path) {
            return new RemoteSpace(100, 40, "/", "df");
        }
    }

    /** A call of a service. */
    private interface Call {
        void run() throws Exception;
    }

    private static PushDefinition push(String source) {
        return new PushDefinition(
                source,
                null,
                Map.of(),
                "vault:/in/",
                List.of(),
                List.of(),
                false,
                false,
                false,
                false,
                null,
                0,
                null,
                null,
                null,
                null,
                null,
                null);
    }

    private static ManagedJobs.Query allJobs() {
        return ManagedJobs.Query.newest(10);
    }

    /** One call or more for each right. */
    private List<Call> calls(Right right, Principal who) {
        Accounts accounts = services.accounts(who);
        return switch (right) {
            case SEE ->
                List.of(
                        accounts::all,
                        () -> accounts.find("anna"),
                        () -> services.remotes(who).all(),
                        () -> services.remotes(who).find("vault"),
                        () -> services.jobs(who).list(allJobs()),
                        () -> services.jobs(who).find("seen"),
                        () -> services.jobs(who).identify("seen"),
                        () -> services.uploads(who).list(null),
                        () -> services.renames(who).list(),
                        () -> services.quotas(who).accounts(),
                        () -> services.sessions(who).list(null),
                        () -> services.watches(who).list(),
                        () -> services.watches(who).find("in"),
                        () -> services.watches(who).failing("in"),
                        () -> services.rules(who).list(),
                        () -> services.rules(who)
                                .test(new ManagedRules.TestedFile("/a", null, Origin.SFTP, 1, null, List.of())));
            case PUSH -> List.of(() -> services.pushes(who).submit(push("files:a")));
            case CONTROL_JOBS -> List.of(() -> services.jobs(who).apply(JobAction.PAUSE, List.of("seen")));
            case END_SESSIONS -> List.of(() -> services.sessions(who).disconnect(List.of()));
            case DISCARD_UPLOADS ->
                List.of(
                        () -> services.uploads(who).discard(List.of("none")),
                        () -> services.uploads(who).discardAll("anna"));
            case CONTROL_WATCHES ->
                List.of(
                        () -> services.watches(who).pause("in", true),
                        () -> services.watches(who).rescan("in"));
            case RECOUNT -> List.of(() -> services.quotas(who).recount(List.of()));
            case USE_REMOTES ->
                List.of(
                        () -> services.connections(who).test("vault"),
                        () -> services.connections(who).space("vault", "/"));
            case CHANGE_REMOTES ->
                List.of(
                        () -> services.remotes(who).put(remote("vault")),
                        () -> services.remotes(who).change("vault", old -> old),
                        () -> services.remotes(who).add(remote("new")),
                        () -> services.remotes(who).remove("new"),
                        () -> services.connections(who).hostKeys("192.0.2.1", 22));
            case CHANGE_ACCOUNTS ->
                List.of(
                        () -> accounts.requireFree("new"),
                        () -> accounts.add(AccountDefinition.named("new"), null, List.of()),
                        () -> accounts.change("new", old -> old),
                        () -> accounts.setPassword("new", null),
                        () -> accounts.remove("new"));
            case MANAGE_TOKENS -> {
                ManagedTokens tokens = services.tokens(who, Clock.systemUTC());
                yield List.of(
                        tokens::list,
                        () -> tokens.add(new TokenDefinition("new", Role.VIEWER, null)),
                        () -> tokens.remove("new"));
            }
        };
    }

    private static void assertForbidden(Call call) {
        assertThatExceptionOfType(ManagementException.class)
                .isThrownBy(call::run)
                .satisfies(e -> assertThat(e.reason()).isEqualTo(Reason.FORBIDDEN));
    }

    @ParameterizedTest
    @EnumSource(Role.class)
    void eachRoleHasTheRightsOfItsRoleAndNoOthers(Role role) throws Exception {
        jobs.elsewhere(ListedJobs.running("seen", 1, 2));
        Principal who = Principal.token("t", role, null);
        for (Right right : Right.values()) {
            for (Call call : calls(right, who)) {
                if (role.covers(right.role())) {
                    call.run();
                } else {
                    assertForbidden(call);
                }
            }
        }
    }

    @Test
    void theUserOfTheMachineAndAdministratorsMayDoEverything() throws Exception {
        for (Principal who : List.of(Principal.LOCAL, Principal.administrator("root", null))) {
            jobs.elsewhere(ListedJobs.running("seen", 1, 2));
            for (Right right : Right.values()) {
                for (Call call : calls(right, who)) {
                    call.run();
                }
            }
        }
    }

    @Test
    void anAccountThatPushesItsOwnFilesHasNoneOfTheRights() {
        Principal anna = Principal.account("anna");
        for (Right right :
                EnumSet.complementOf(EnumSet.of(Right.SEE, Right.PUSH, Right.CONTROL_JOBS, Right.USE_REMOTES))) {
            calls(right, anna).forEach(RightsTest::assertForbidden);
        }
        assertForbidden(() -> services.accounts(anna).all());
        assertForbidden(() -> services.uploads(anna).list(null));
        assertForbidden(() -> services.sessions(anna).list(null));
        assertForbidden(() -> services.renames(anna).list());
        assertForbidden(() -> services.quotas(anna).accounts());
        assertForbidden(() -> services.connections(anna).test("vault"));
    }

    @Test
    void anAccountPushesItsOwnFilesAndSeesItsOwnJobs() throws Exception {
        jobs.elsewhere(ListedJobs.running("seen", 1, 2));
        Principal anna = Principal.account("anna");

        Job own = services.pushes(anna).submit(push("/reel.mxf"));

        assertThat(orders).singleElement().satisfies(order -> {
            assertThat(order.source()).isEqualTo("anna@/reel.mxf");
            assertThat(order.submitter()).isEqualTo("anna");
            assertThat(order.authority()).hasToString("account anna");
        });
        ManagedJobs managed = services.jobs(anna);
        assertThat(managed.find(own.id())).isEqualTo(own);
        for (Call call : List.<Call>of(
                () -> managed.find("seen"),
                () -> managed.attempts("seen"),
                () -> managed.apply(JobAction.CANCEL, List.of(own.id(), "seen")))) {
            assertThatExceptionOfType(ManagementException.class)
                    .isThrownBy(call::run)
                    .satisfies(e -> assertThat(e.reason()).isEqualTo(Reason.UNKNOWN_JOB));
        }
        assertThat(jobs.find(own.id()).orElseThrow().state())
                .as("nothing is done if one of the jobs is not its own")
                .isEqualTo(JobState.QUEUED);
        assertThat(managed.apply(JobAction.CANCEL, List.of(own.id()))).containsExactly(own.id());
    }

    @Test
    void anAccountNeedsThePermissionToReadWhatItPushes() {
        assertForbidden(() -> services.pushes(Principal.account("bert")).submit(push("/reel.mxf")));
        assertThat(orders).isEmpty();
    }

    @Test
    void anAccountSeesTheSpaceOfItsRemotesOnly() throws Exception {
        RemoteConnections connections = services.connections(Principal.account("anna"));

        assertThat(connections.measuredPath("vault")).isEqualTo("/in");
        assertThat(connections.space("vault", "/in").available()).isEqualTo(40);
        assertForbidden(() -> connections.space("other", "/in"));
        assertForbidden(() -> connections.measuredPath("other"));
    }

    @Test
    void ordersAreMadeWithTheRightsOfWhoeverMakesThem() throws Exception {
        List<Principal> all = List.of(
                Principal.LOCAL,
                Principal.administrator("root", null),
                Principal.token("a", Role.ADMIN, null),
                Principal.token("o", Role.OPERATOR, null));
        for (Principal who : all) {
            Job _ = services.pushes(who).submit(push("files:a"));
        }

        assertThat(orders)
                .extracting(order -> order.submitter() + " as " + order.authority())
                .containsExactly(
                        "command line as administrator",
                        "root as account root",
                        "token a as administrator",
                        "token o as operator");
    }

    @Test
    void tokensBelongToWhoeverAddsThem() throws Exception {
        TokenOwner owner = new TokenOwner("root", "proof");
        for (Principal who : List.of(Principal.administrator("root", owner), Principal.token("t", Role.ADMIN, owner))) {
            ManagedTokens tokens = services.tokens(who, Clock.systemUTC());
            assertThat(tokens.add(new TokenDefinition("new", Role.ADMIN, null))
                            .token()
                            .owner())
                    .isEqualTo(owner);
            tokens.remove("new");
        }
    }

    @Test
    void problemsNameTheField() {
        assertThatThrownBy(() -> services.tokens(Principal.LOCAL, Clock.systemUTC())
                        .add(new TokenDefinition("a b", Role.VIEWER, Instant.EPOCH)))
                .isInstanceOf(InvalidFieldsException.class)
                .hasMessageContainingAll("name: 'a b' is not valid", "expires: it is in the past");
        assertThatThrownBy(() -> services.jobs(Principal.LOCAL).list(ManagedJobs.Query.newest(1001)))
                .isInstanceOf(InvalidFieldsException.class)
                .hasMessageContaining("limit: it is 1001; expected a whole number from 1 to 1000");
        assertThatThrownBy(() -> services.connections(Principal.LOCAL).space("vault", "in"))
                .isInstanceOf(InvalidFieldsException.class)
                .hasMessageContaining("path: 'in' does not begin with /");
    }
}
