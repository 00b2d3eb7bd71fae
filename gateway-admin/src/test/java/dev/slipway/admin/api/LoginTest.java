package dev.slipway.admin.api;

import static org.assertj.core.api.Assertions.assertThat;

import dev.slipway.core.Protocol;
import dev.slipway.core.VirtualPath;
import dev.slipway.core.account.Account;
import dev.slipway.core.account.AccountDirectory.HttpLogin;
import dev.slipway.core.account.AccountEntry;
import dev.slipway.core.account.AccountOption;
import dev.slipway.core.account.Mount;
import dev.slipway.core.account.Network;
import dev.slipway.core.account.PasswordHash;
import dev.slipway.core.account.Permission;
import dev.slipway.core.account.Role;
import dev.slipway.core.event.GatewayEvent;
import dev.slipway.core.state.AccountTable;
import dev.slipway.testing.MovedClock;
import dev.slipway.testing.Patience;
import java.io.IOException;
import java.io.InputStream;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** Logins of administrators with browsers. */
@Timeout(value = Patience.TEST_SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class LoginTest {
    private static final String PUSH = "{\"source\":\"media:a\",\"destination\":\"vault:/a\"}";

    @TempDir
    private Path folder;

    private RunningApi api;

    @BeforeEach
    void start() throws IOException {
        api = new RunningApi(folder);
    }

    @AfterEach
    void stop() {
        api.close();
    }

    private HttpResponse<String> logIn(String account, String password) throws IOException, InterruptedException {
        return api.send(RunningApi.withBody(
                api.request("/login"), "POST", "{\"account\":\"" + account + "\",\"password\":\"" + password + "\"}"));
    }

    private static String cookie(HttpResponse<String> response) {
        return response.headers().firstValue("Set-Cookie").orElseThrow().split(";", 2)[0];
    }

    private HttpResponse<String> push(String cookie, String csrfToken) throws IOException, InterruptedException {
        HttpRequest.Builder builder = api.request("/pushes").header("Cookie", cookie);
        if (!csrfToken.isEmpty()) {
            builder.header("X-CSRF-Token", csrfToken);
        }
        return api.send(RunningApi.withBody(builder, "POST", PUSH));
    }

    @Test
    void aLoginIsACookieThatChangesNothingByItself() throws Exception {
        HttpResponse<String> login = logIn(RunningApi.ADMINISTRATOR, RunningApi.PASSWORD);
        assertThat(login.statusCode()).as(login.body()).isEqualTo(200);
        assertThat(login.headers().firstValue("Set-Cookie").orElseThrow())
                .matches("slipway=[\\w-]{43}; Path=/api/v1; Max-Age=43200; HttpOnly; SameSite=Strict");
        String cookie = cookie(login);
        String csrfToken = RunningApi.json(login).get("csrfToken").stringValue();
        assertThat(api.send(api.request("/jobs").header("Cookie", "a=b; " + cookie))
                        .statusCode())
                .isEqualTo(200);
        HttpResponse<String> without = push(cookie, "");
        assertThat(without.statusCode()).isEqualTo(403);
        assertThat(RunningApi.problem(without)).isEqualTo("csrf");
        assertThat(push(cookie, "x" + csrfToken).statusCode()).isEqualTo(403);
        HttpResponse<String> with = push(cookie, csrfToken);
        assertThat(with.statusCode()).isEqualTo(202);
        assertThat(RunningApi.json(with).get("submitter").stringValue()).isEqualTo(RunningApi.ADMINISTRATOR);
        JsonNode self = RunningApi.json(api.send(api.request("/self").header("Cookie", cookie)));
        assertThat(self.get("csrfToken").stringValue())
                .as("for a page that was loaded again")
                .isEqualTo(csrfToken);

        HttpResponse<String> out = api.send(RunningApi.withBody(
                api.request("/logout").header("Cookie", cookie).header("X-CSRF-Token", csrfToken), "POST", null));
        assertThat(out.statusCode()).isEqualTo(204);
        assertThat(out.headers().firstValue("Set-Cookie").orElseThrow()).contains("Max-Age=0");
        assertThat(api.send(api.request("/jobs").header("Cookie", cookie)).statusCode())
                .isEqualTo(401);
    }

    private AccountEntry addAnn(AccountTable table, Set<AccountOption> options)
            throws IOException, InterruptedException {
        AccountEntry ann = AccountEntry.of(
                new Account(
                        "ann",
                        List.of(new Mount(VirtualPath.ROOT, "bucket", "", false)),
                        EnumSet.allOf(Permission.class),
                        options,
                        Account.UNLIMITED),
                PasswordHash.of("anns-own".toCharArray()),
                List.of());
        table.add(ann);
        Patience.await("the account is taken up", () -> api.knows("ann", _ -> true));
        return ann;
    }

    @Test
    void onlyAdministratorsSeeMoreThanTheirOwn() throws Exception {
        AccountTable table = new AccountTable(api.database);
        AccountEntry _ = addAnn(table, Set.of());
        HttpResponse<String> user = logIn("ann", "anns-own");
        assertThat(RunningApi.json(user).get("role").isNull()).isTrue();
        assertThat(api.send(api.request("/jobs").header("Cookie", cookie(user))).statusCode())
                .isEqualTo(403);
        table.change("ann", entry -> entry.withProtocols(EnumSet.of(Protocol.SFTP)));
        Patience.await("the account is taken up", () -> logIn("ann", "anns-own").statusCode() == 401);
        table.change(
                "ann",
                entry -> entry.withAccount(new Account(
                        "ann",
                        entry.account().mounts(),
                        entry.account().permissions(),
                        Set.of(AccountOption.ADMIN),
                        Account.UNLIMITED)));
        Patience.await("the account is taken up", () -> api.knows("ann", account -> account.has(AccountOption.ADMIN)));
        String cookie = cookie(logIn("ann", "anns-own"));
        assertThat(api.send(api.request("/jobs").header("Cookie", cookie)).statusCode())
                .isEqualTo(200);
        table.change("ann", entry -> entry.withPassword(PasswordHash.of("another-one".toCharArray())));
        Patience.await(
                "the account is taken up",
                () -> api.send(api.request("/jobs").header("Cookie", cookie)).statusCode() == 401);
    }

    private HttpResponse<String> addToken(HttpRequest.Builder request, String name)
            throws IOException, InterruptedException {
        HttpResponse<String> added =
                api.send(RunningApi.withBody(request, "POST", "{\"name\":\"" + name + "\",\"role\":\"admin\"}"));
        assertThat(added.statusCode()).as(added.body()).isEqualTo(201);
        return added;
    }

    private int jobs(String token) throws IOException, InterruptedException {
        return api.get("/jobs", token).statusCode();
    }

    /** Each change is made and undone, except for the last one, which is final. */
    @Test
    void tokensEndWithTheRightsOfTheAdministratorWhoAddedThem() throws Exception {
        AccountTable table = new AccountTable(api.database);
        AccountEntry ann = addAnn(table, Set.of(AccountOption.ADMIN));
        HttpResponse<String> login = logIn("ann", "anns-own");
        HttpResponse<String> added = addToken(
                api.request("/tokens")
                        .header("Cookie", cookie(login))
                        .header(
                                "X-CSRF-Token",
                                RunningApi.json(login).get("csrfToken").stringValue()),
                "anns");
        assertThat(RunningApi.json(added).get("account").stringValue()).isEqualTo("ann");
        String token = RunningApi.json(added).get("token").stringValue();
        String child = RunningApi.json(
                        addToken(api.request("/tokens").header("Authorization", "Bearer " + token), "child"))
                .get("token")
                .stringValue();
        String ofTheHost = api.token("host", Role.ADMIN);
        assertThat(List.of(jobs(token), jobs(child), jobs(ofTheHost))).containsOnly(200);

        List<UnaryOperator<AccountEntry>> changes = List.of(
                entry -> entry.withExpires(Instant.parse("2020-01-01T00:00:00Z")),
                entry -> entry.withEnabled(false),
                entry -> entry.withNetworks(List.of(Network.parse("192.0.2.0/24"))),
                entry -> entry.withAccount(new Account(
                        "ann", ann.account().mounts(), ann.account().permissions(), Set.of(), Account.UNLIMITED)),
                entry -> entry.withPassword(PasswordHash.of("another-one".toCharArray())));
        for (UnaryOperator<AccountEntry> change : changes) {
            AccountEntry changed = table.change("ann", change).orElseThrow();
            assertThat(List.of(jobs(token), jobs(child))).as(changed.toString()).containsOnly(401);
            table.change("ann", _ -> ann);
            assertThat(jobs(token)).as("taken back").isEqualTo(200);
        }
        table.remove("ann");
        assertThat(List.of(jobs(token), jobs(child), jobs(ofTheHost))).containsExactly(401, 401, 200);
    }

    @Test
    void aStreamOfEventsEndsWithTheRightsOfItsReader() throws Exception {
        AccountTable table = new AccountTable(api.database);
        AccountEntry _ = addAnn(table, Set.of(AccountOption.ADMIN));
        HttpResponse<Stream<String>> stream = api.client.send(
                api.request("/events")
                        .header("Cookie", cookie(logIn("ann", "anns-own")))
                        .build(),
                HttpResponse.BodyHandlers.ofLines());
        assertThat(stream.statusCode()).isEqualTo(200);
        table.change("ann", entry -> entry.withExpires(Instant.parse("2020-01-01T00:00:00Z")));
        try (Stream<String> lines = stream.body()) {
            assertThat(lines.filter(line -> line.startsWith("data:")))
                    .as("until its end")
                    .isEmpty();
        }
    }

    @Test
    void aLoginEndsWhenItIsIdleAlthoughAPageReopensItsStream(@TempDir Path other) throws Exception {
        MovedClock clock = new MovedClock();
        try (RunningApi later = new RunningApi(other, ApiSettings.of(false, false, true), clock)) {
            String cookie = cookie(later.send(RunningApi.withBody(
                    later.request("/login"),
                    "POST",
                    "{\"account\":\"" + RunningApi.ADMINISTRATOR + "\",\"password\":\"" + RunningApi.PASSWORD
                            + "\"}")));
            clock.advance(Duration.ofMinutes(20));
            assertThat(later.send(later.request("/jobs").header("Cookie", cookie))
                            .statusCode())
                    .isEqualTo(200);
            clock.advance(Duration.ofMinutes(20));
            HttpResponse<InputStream> stream = later.client.send(
                    later.request("/overview/events")
                            .header("Cookie", cookie)
                            .header("Accept", "text/event-stream")
                            .build(),
                    HttpResponse.BodyHandlers.ofInputStream());
            assertThat(stream.statusCode()).isEqualTo(200);
            stream.body().close();
            clock.advance(Duration.ofMinutes(11));
            assertThat(later.send(later.request("/jobs").header("Cookie", cookie))
                            .statusCode())
                    .as("31 minutes after the last request that counts")
                    .isEqualTo(401);
        }
    }

    @Test
    void anAccountWithManyLoginsLosesItsOwnOldestOnesOnly() throws Exception {
        AccountEntry _ = addAnn(new AccountTable(api.database), Set.of(AccountOption.ADMIN));
        Logins logins = new Logins(false, Clock.systemUTC());
        String boss = logins.cookie(logins.begin(api.login(RunningApi.ADMINISTRATOR, RunningApi.PASSWORD)));
        HttpLogin ann = api.login("ann", "anns-own");
        List<String> anns = Stream.generate(() -> logins.cookie(logins.begin(ann)))
                .limit(21)
                .toList();
        assertThat(logins.find(anns.getFirst())).isNull();
        assertThat(anns.subList(1, 21)).allMatch(cookie -> logins.find(cookie) != null);
        assertThat(logins.find(boss)).isNotNull();
    }

    @Test
    void failedLoginsSlowDownFurtherOnes() throws Exception {
        for (int i = 0; i < 5; i++) {
            HttpResponse<String> wrong = logIn(RunningApi.ADMINISTRATOR, "wrong");
            assertThat(wrong.statusCode()).isEqualTo(401);
            assertThat(RunningApi.problem(wrong)).isEqualTo("login-refused");
        }
        assertThat(logIn(RunningApi.ADMINISTRATOR, RunningApi.PASSWORD).statusCode())
                .as("right, but too soon")
                .isEqualTo(401);
        assertThat(api.audit)
                .hasSize(6)
                .allMatch(event -> event instanceof GatewayEvent.ApiCalled call
                        && call.status() == 401
                        && call.caller().equals(RunningApi.ADMINISTRATOR));
    }

    @Test
    void behindAProxyWithTlsTheCookieNeedsTlsAndFailuresCountForTheClient(@TempDir Path other) throws Exception {
        try (RunningApi proxied = new RunningApi(other, ApiSettings.of(false, true, false))) {
            for (int i = 0; i < 6; i++) {
                assertThat(forwarded(proxied, "192.0.2.66", "wrong").statusCode())
                        .isEqualTo(401);
            }
            HttpResponse<String> login = forwarded(proxied, "203.0.113.9, 192.0.2.7", RunningApi.PASSWORD);
            assertThat(login.statusCode()).isEqualTo(200);
            assertThat(login.headers().firstValue("Set-Cookie").orElseThrow())
                    .startsWith("__Host-slipway=")
                    .contains("; Path=/; ")
                    .endsWith("; Secure");
        }
    }

    private static HttpResponse<String> forwarded(RunningApi proxied, String addresses, String password)
            throws IOException, InterruptedException {
        return proxied.send(RunningApi.withBody(
                proxied.request("/login").header("X-Forwarded-For", addresses),
                "POST",
                "{\"account\":\"" + RunningApi.ADMINISTRATOR + "\",\"password\":\"" + password + "\"}"));
    }
}
