package dev.slipway.admin.api;

import static org.assertj.core.api.Assertions.assertThat;

import dev.slipway.core.Protocol;
import dev.slipway.core.VirtualPath;
import dev.slipway.core.account.Account;
import dev.slipway.core.account.AccountEntry;
import dev.slipway.core.account.AccountLimits;
import dev.slipway.core.account.AccountOption;
import dev.slipway.core.account.AccountSession;
import dev.slipway.core.account.AuthorizedKey;
import dev.slipway.core.account.Login;
import dev.slipway.core.account.Mount;
import dev.slipway.core.account.Network;
import dev.slipway.core.account.PasswordHash;
import dev.slipway.core.account.Permission;
import dev.slipway.core.account.ResumePolicy;
import dev.slipway.core.account.Role;
import dev.slipway.core.state.AccountTable;
import dev.slipway.core.state.RenameTable;
import dev.slipway.core.state.UploadTable;
import dev.slipway.core.state.UsageTable;
import dev.slipway.core.state.UsageTable.Area;
import dev.slipway.core.state.UsageTable.Change;
import dev.slipway.core.state.UsageTable.Total;
import dev.slipway.core.store.ObjectKey;
import dev.slipway.core.store.UploadOwner;
import dev.slipway.testing.Patience;
import java.io.IOException;
import java.net.InetAddress;
import java.net.URLEncoder;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.KeyPairGenerator;
import java.time.Clock;
import java.time.Instant;
import java.util.EnumSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** Accounts, their sessions and their uploads over HTTP. */
@Timeout(value = Patience.TEST_SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class AccountsApiTest {
    @TempDir
    private Path folder;

    private RunningApi api;
    private String admin;
    private AccountTable table;

    @BeforeEach
    void start() throws IOException {
        api = new RunningApi(folder);
        admin = api.token("a", Role.ADMIN);
        table = new AccountTable(api.database);
    }

    @AfterEach
    void stop() {
        api.close();
    }

    private static AuthorizedKey newKey(String comment) throws Exception {
        return AuthorizedKey.of(
                KeyPairGenerator.getInstance("Ed25519").generateKeyPair().getPublic(), comment);
    }

    @Test
    void anAccountIsCreatedWithAllFields() throws Exception {
        AuthorizedKey key = newKey("desk");
        HttpResponse<String> made = api.send("POST", "/accounts", admin, """
                {"name":"anna","password":"a-long-password","keys":["%s desk"],
                 "mounts":[{"path":"/","bucket":"files","prefix":"anna/"},
                           {"path":"/in","bucket":"other","readOnly":true,"archives":true}],
                 "permissions":["list","read"],"options":["upload-md5","push"],"maxSessions":3,"resume":"listed",
                 "quotaBytes":5000000000,"quotaFiles":"unlimited","uploadRate":"default","downloadRate":null,
                 "protocols":["sftp"],"networks":["192.0.2.0/24"],"principals":["ann"],"remotes":["vault"],
                 "expires":"2999-01-01T00:00:00Z","enabled":true}
                """.formatted(key.line()));
        assertThat(made.statusCode()).as(made.body()).isEqualTo(201);
        assertThat(made.headers().firstValue("Location")).hasValue("/api/v1/accounts/anna");
        AccountEntry entry = table.find("anna").orElseThrow();
        PasswordHash password = Objects.requireNonNull(entry.password());
        assertThat(password.matches("a-long-password".toCharArray())).isTrue();
        assertThat(entry)
                .isEqualTo(new AccountEntry(
                        new Account(
                                "anna",
                                List.of(
                                        new Mount(VirtualPath.ROOT, "files", "anna/", false),
                                        new Mount(VirtualPath.parse("/in"), "other", "", true, true)),
                                EnumSet.of(Permission.LIST, Permission.READ),
                                Set.of(AccountOption.UPLOAD_MD5, AccountOption.PUSH),
                                3,
                                ResumePolicy.LISTED,
                                new AccountLimits(
                                        5_000_000_000L,
                                        AccountLimits.NONE,
                                        AccountLimits.BY_DEFAULT,
                                        AccountLimits.BY_DEFAULT),
                                Set.of("vault")),
                        password,
                        List.of(key),
                        true,
                        Instant.parse("2999-01-01T00:00:00Z"),
                        EnumSet.of(Protocol.SFTP),
                        List.of(Network.parse("192.0.2.0/24")),
                        Set.of("ann")));
        assertThat(made.body()).doesNotContain("argon2", "a-long-password");
        assertThat(api.send("POST", "/accounts", admin, "{\"name\":\"anna\"}").statusCode())
                .isEqualTo(409);
    }

    @Test
    void unnamedFieldsStayUnchanged() throws Exception {
        assertThat(api.send("POST", "/accounts", admin, "{\"name\":\"bob\",\"maxSessions\":2}")
                        .statusCode())
                .isEqualTo(201);
        JsonNode bob = RunningApi.json(api.get("/accounts/bob", admin));
        assertThat(bob.at("/mounts/0/bucket").stringValue()).isEqualTo("bucket");
        assertThat(bob.get("resume").stringValue()).isEqualTo("stat");
        assertThat(bob.get("password").booleanValue()).isFalse();
        HttpResponse<String> changed =
                api.send("PATCH", "/accounts/bob", admin, "{\"enabled\":false,\"permissions\":[],\"uploadRate\":7}");
        assertThat(changed.statusCode()).as(changed.body()).isEqualTo(200);
        JsonNode now = RunningApi.json(changed);
        assertThat(now.get("state").stringValue()).isEqualTo("disabled");
        assertThat(now.get("permissions")).isEmpty();
        assertThat(now.get("uploadRate").longValue()).isEqualTo(7);
        assertThat(now.get("maxSessions").intValue()).isEqualTo(2);
        assertThat(now.get("mounts")).isEqualTo(bob.get("mounts"));
        // The default is the whole bucket, which no program should choose by leaving a field unset.
        assertThat(api.send("PATCH", "/accounts/bob", admin, "{\"mounts\":null}")
                        .statusCode())
                .isEqualTo(400);
        assertThat(RunningApi.json(api.get("/accounts/bob", admin)).get("mounts"))
                .isEqualTo(bob.get("mounts"));
        JsonNode reset = RunningApi.json(api.send(
                "PATCH", "/accounts/bob", admin, "{\"permissions\":null,\"maxSessions\":null,\"enabled\":null}"));
        assertThat(reset.get("permissions")).hasSize(7);
        assertThat(reset.get("maxSessions").isNull()).isTrue();
        assertThat(reset.get("state").stringValue()).isEqualTo("enabled");
        assertThat(api.send("DELETE", "/accounts/bob", admin, null).statusCode())
                .isEqualTo(204);
        assertThat(api.get("/accounts/bob", admin).statusCode()).isEqualTo(404);
        assertThat(api.send("DELETE", "/accounts/bob", admin, null).statusCode())
                .isEqualTo(404);
    }

    @Test
    void eachInvalidFieldIsNamed() throws Exception {
        HttpResponse<String> response = api.send("POST", "/accounts", admin, """
                {"name":"-x","password":"a\\u0007","mounts":[{"path":"in","bucket":"b"},{"path":"/a","bucket":"files",
                 "prefix":"p"},{"bucket":"files","sub":1}],"permissions":["fly"],"maxSessions":0,"quotaBytes":"much",
                 "uploadRate":-1,"protocols":[],"networks":["192.0.2.1/24"],"expires":"soon","keys":["nonsense"]}
                """);
        assertThat(response.statusCode()).isEqualTo(400);
        assertThat(RunningApi.json(response)
                        .get("errors")
                        .valueStream()
                        .map(error -> error.get("field").stringValue())
                        .collect(Collectors.toSet()))
                .containsExactlyInAnyOrder(
                        "name",
                        "password",
                        "mounts[0].path",
                        "mounts[0].bucket",
                        "mounts[1].prefix",
                        "mounts[2].path",
                        "mounts[2].sub",
                        "permissions[0]",
                        "maxSessions",
                        "quotaBytes",
                        "uploadRate",
                        "protocols",
                        "networks[0]",
                        "expires",
                        "keys[0]");
        assertThat(table.read().entries()).isEmpty();
    }

    @Test
    void accountsInTheConfigurationAreShownAndNotChanged() throws Exception {
        JsonNode boss = RunningApi.json(api.get("/accounts/boss", admin));
        assertThat(boss.get("source").stringValue()).isEqualTo("configuration");
        HttpResponse<String> refused = api.send("PATCH", "/accounts/boss", admin, "{\"enabled\":false}");
        assertThat(refused.statusCode()).isEqualTo(409);
        assertThat(RunningApi.json(refused).get("detail").stringValue()).contains("in the configuration");
        assertThat(api.send("POST", "/accounts", admin, "{\"name\":\"boss\"}").statusCode())
                .isEqualTo(409);
        assertThat(api.send("POST", "/accounts", admin, "{\"name\":\"adam\"}").statusCode())
                .isEqualTo(201);
        assertThat(RunningApi.json(api.get("/accounts", admin))
                        .get("accounts")
                        .valueStream()
                        .map(account -> account.get("name").stringValue()))
                .containsExactly("adam", "boss");
    }

    @Test
    void passwordsAndKeysAreAddedAndRemoved() throws Exception {
        assertThat(api.send("POST", "/accounts", admin, "{\"name\":\"eve\"}").statusCode())
                .isEqualTo(201);
        assertThat(api.send("PUT", "/accounts/eve/password", admin, "{\"password\":\"the-first\"}")
                        .statusCode())
                .isEqualTo(204);
        assertThat(Objects.requireNonNull(table.find("eve").orElseThrow().password())
                        .matches("the-first".toCharArray()))
                .isTrue();
        assertThat(api.send("PUT", "/accounts/eve/password", admin, "{\"password\":null}")
                        .statusCode())
                .isEqualTo(400);
        assertThat(api.send("DELETE", "/accounts/eve/password", admin, null).statusCode())
                .isEqualTo(204);
        assertThat(table.find("eve").orElseThrow().password()).isNull();

        AuthorizedKey key = newKey("");
        for (String comment : new String[] {"old", "new"}) {
            assertThat(api.send("POST", "/accounts/eve/keys", admin, "{\"key\":\"" + key.line() + " " + comment + "\"}")
                            .statusCode())
                    .isEqualTo(201);
        }
        assertThat(table.find("eve").orElseThrow().keys())
                .extracting(AuthorizedKey::comment)
                .containsExactly("new");
        String path = "/accounts/eve/keys/" + URLEncoder.encode(key.fingerprint(), StandardCharsets.UTF_8);
        assertThat(api.send("DELETE", path, admin, null).statusCode()).isEqualTo(204);
        assertThat(table.find("eve").orElseThrow().keys()).isEmpty();
        assertThat(api.send("DELETE", path, admin, null).statusCode()).isEqualTo(404);
    }

    @Test
    void sessionsAreListedAndDisconnected() throws Exception {
        Account account = new Account(
                "anna", List.of(new Mount(VirtualPath.ROOT, "files", "", false)), EnumSet.allOf(Permission.class));
        AtomicInteger ended = new AtomicInteger();
        try (AccountSession session = api.sessions
                .begin(Login.lasting(account), Protocol.SFTP, InetAddress.getLoopbackAddress())
                .orElseThrow()) {
            session.onDisconnect(_ -> ended.incrementAndGet());
            JsonNode sessions =
                    RunningApi.json(api.get("/sessions?account=anna", admin)).get("sessions");
            assertThat(sessions).hasSize(1);
            assertThat(sessions.get(0).get("address").stringValue()).isEqualTo("127.0.0.1");
            assertThat(RunningApi.json(api.get("/sessions?account=bob", admin)).get("sessions"))
                    .isEmpty();
            String path = "/sessions/" + sessions.get(0).get("id").stringValue();
            assertThat(api.send("DELETE", path, api.token("v", Role.VIEWER), null)
                            .statusCode())
                    .isEqualTo(403);
            assertThat(ended).hasValue(0);
            assertThat(api.send("DELETE", path, admin, null).statusCode()).isEqualTo(204);
            assertThat(ended).hasValue(1);
        }
        assertThat(api.send("DELETE", "/sessions/none", admin, null).statusCode())
                .isEqualTo(404);
    }

    @Test
    void interruptedUploadsAreListedAndDiscarded() throws Exception {
        UploadTable uploads = new UploadTable(api.database, Clock.systemUTC());
        String id = uploads.starting(new ObjectKey("files", "in/reel.mxf"), new UploadOwner("anna", true, false));
        uploads.started(id, "at-the-store");
        uploads.interrupted(id, 8 << 20, null);
        JsonNode listed =
                RunningApi.json(api.get("/uploads?account=anna", admin)).get("uploads");
        assertThat(listed).hasSize(1);
        assertThat(listed.get(0).get("key").stringValue()).isEqualTo("in/reel.mxf");
        assertThat(listed.get(0).get("bytes").longValue()).isEqualTo(8 << 20);
        assertThat(RunningApi.json(api.get("/uploads?account=bob", admin)).get("uploads"))
                .isEmpty();
        String path = "/uploads/" + listed.get(0).get("id").stringValue();
        assertThat(api.send("DELETE", path, admin, null).statusCode()).isEqualTo(204);
        assertThat(RunningApi.json(api.get("/uploads", admin)).get("uploads")).isEmpty();
        assertThat(api.send("DELETE", path, admin, null).statusCode()).isEqualTo(404);
    }

    @Test
    void usageIsShownAndRecounted() throws Exception {
        assertThat(api.send(
                                "POST",
                                "/accounts",
                                admin,
                                "{\"name\":\"anna\",\"quotaBytes\":1000,\"mounts\":[{\"path\":\"/\",\"bucket\":\"files\",\"prefix\":\"anna/\"}]}")
                        .statusCode())
                .isEqualTo(201);
        UsageTable usage = new UsageTable(api.database);
        Area area = new Area("files", "anna/");
        usage.add(List.of(new Change(area, 70, 3)));
        JsonNode quota = RunningApi.json(api.get("/quotas", admin)).at("/quotas/0");
        assertThat(quota.get("account").stringValue()).isEqualTo("anna");
        assertThat(quota.get("bytes").longValue()).isEqualTo(70);
        assertThat(quota.get("quotaBytes").longValue()).isEqualTo(1000);
        assertThat(quota.get("files").longValue()).isEqualTo(3);
        assertThat(quota.get("quotaFiles").isNull()).isTrue();
        assertThat(quota.get("counted").isNull()).isTrue();
        // The administrator has no quota.
        assertThat(RunningApi.json(api.get("/quotas?account=boss", admin)).get("quotas"))
                .isEmpty();
        assertThat(RunningApi.json(api.get("/quotas?account=anna", admin)).get("quotas"))
                .hasSize(1);

        assertThat(api.send("POST", "/quotas/recount", api.token("v", Role.VIEWER), "{}")
                        .statusCode())
                .isEqualTo(403);
        HttpResponse<String> none = api.send("POST", "/quotas/recount", admin, "{\"accounts\":[\"anna\",\"boss\"]}");
        assertThat(RunningApi.problem(none)).isEqualTo("invalid-input");
        assertThat(none.body()).contains("accounts[1]", "has no quota");
        assertThat(usage.read()).noneMatch(Total::recount);
        HttpResponse<String> asked = api.send("POST", "/quotas/recount", api.token("o", Role.OPERATOR), "{}");
        assertThat(asked.statusCode()).isEqualTo(202);
        assertThat(RunningApi.json(asked).at("/recount/0").stringValue()).isEqualTo("anna");
        assertThat(usage.read()).singleElement().matches(Total::recount);
        assertThat(api.send("POST", "/quotas/recount", admin, "{\"accounts\":[\"anna\"]}")
                        .statusCode())
                .isEqualTo(202);
        assertThat(RunningApi.json(api.send("POST", "/quotas/recount", admin, "{\"accounts\":[]}"))
                        .get("recount"))
                .isEmpty();
    }

    @Test
    void renamesInProgressAreShown() throws Exception {
        assertThat(RunningApi.json(api.get("/renames", admin)).get("renames")).isEmpty();
        new RenameTable(api.database)
                .begin(new RenameTable.Entry(
                        1,
                        new ObjectKey("files", "old/"),
                        new ObjectKey("files", "new/"),
                        false,
                        "",
                        "anna",
                        "/old",
                        "/new",
                        RenameTable.Phase.COPYING,
                        Instant.parse("2030-01-31T18:00:00Z")));
        JsonNode rename = RunningApi.json(api.get("/renames", api.token("v", Role.VIEWER)))
                .at("/renames/0");
        assertThat(rename.get("phase").stringValue()).isEqualTo("copying");
        assertThat(rename.get("source").stringValue()).isEqualTo("old/");
        assertThat(rename.get("target").stringValue()).isEqualTo("new/");
        assertThat(rename.get("since").stringValue()).isEqualTo("2030-01-31T18:00:00Z");
    }
}
