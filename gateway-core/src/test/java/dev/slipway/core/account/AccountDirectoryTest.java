package dev.slipway.core.account;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.management.ThreadMXBean;
import dev.slipway.core.Protocol;
import dev.slipway.core.VirtualPath;
import dev.slipway.core.event.Events;
import dev.slipway.core.state.AccountTable;
import dev.slipway.core.state.StateDatabase;
import dev.slipway.testing.Patience;
import java.lang.management.ManagementFactory;
import java.net.InetAddress;
import java.nio.file.Path;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PublicKey;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AccountDirectoryTest {
    private static final InetAddress HOME = InetAddress.ofLiteral("192.0.2.1");
    private static final InetAddress ELSEWHERE = InetAddress.ofLiteral("198.51.100.1");
    private static final PasswordHash SECRET = PasswordHash.of("secret".toCharArray());
    private static final LoginLimits PATIENT = LoginLimits.builder()
            .set("failuresPerAddress", 1000)
            .set("failuresPerAccount", 1000)
            .build();

    private final SettableClock clock = new SettableClock();

    @TempDir
    private Path folder;

    private StateDatabase database;
    private AccountTable table;

    @BeforeEach
    void openDatabase() {
        database = StateDatabase.open(folder.resolve("state.db"));
        table = new AccountTable(database);
    }

    @AfterEach
    void closeDatabase() {
        database.close();
    }

    private static AccountEntry entry(String name, Permission... permissions) {
        Account account = new Account(
                name,
                List.of(new Mount(VirtualPath.ROOT, "bucket", name + "/", false)),
                permissions.length == 0 ? EnumSet.allOf(Permission.class) : EnumSet.of(permissions[0], permissions));
        return AccountEntry.of(account, SECRET, List.of());
    }

    /** Failed logins are answered without waiting. */
    private AccountDirectory directory(LoginLimits limits, AccountEntry... configured) {
        return new AccountDirectory(
                List.of(configured),
                table,
                ExternalAccounts.NONE,
                limits,
                clock,
                new Events(),
                new FailureTime(System::nanoTime, time -> assertThat(time).isPositive()));
    }

    private static boolean logsIn(AccountDirectory directory, String name, String password, InetAddress client) {
        return directory
                .over(Protocol.FTPS)
                .authenticate(name, password.toCharArray(), client)
                .isPresent();
    }

    @Test
    void onlyTheCorrectPasswordLogsIn() {
        table.add(entry("ann"));
        table.add(entry("keys-only").withPassword(null));
        try (AccountDirectory directory = directory(PATIENT, entry("configured"))) {
            for (int round = 0; round < 2; round++) {
                assertThat(directory.over(Protocol.SFTP).authenticate("ann", "secret".toCharArray(), HOME))
                        .hasValueSatisfying(login -> assertThat(
                                        login.account().mounts().getFirst().prefix())
                                .isEqualTo("ann/"));
                assertThat(logsIn(directory, "configured", "secret", HOME)).isTrue();
                assertThat(logsIn(directory, "ann", "Secret", HOME)).isFalse();
                assertThat(logsIn(directory, "ann", "", HOME)).isFalse();
                assertThat(logsIn(directory, "nobody", "secret", HOME)).isFalse();
                assertThat(logsIn(directory, "keys-only", "n", HOME)).isFalse();
                assertThat(logsIn(directory, "nobody", "n", HOME)).isFalse();
                assertThat(logsIn(directory, "", "", HOME)).isFalse();
                assertThat(logsIn(directory, "\0\r\n".repeat(1000), "\ud800", HOME))
                        .isFalse();
            }
        }
    }

    @Test
    void onlyAListedKeyLogsIn() throws Exception {
        KeyPairGenerator generator = KeyPairGenerator.getInstance("Ed25519");
        PublicKey listed = generator.generateKeyPair().getPublic();
        PublicKey other = generator.generateKeyPair().getPublic();
        PublicKey foreign =
                KeyPairGenerator.getInstance("X25519").generateKeyPair().getPublic();
        table.add(entry("ann").withKeys(List.of(AuthorizedKey.of(listed, "laptop"))));
        table.add(entry("bob"));
        try (AccountDirectory directory = directory(LoginLimits.DEFAULTS)) {
            Accounts accounts = directory.over(Protocol.SFTP);

            for (int round = 0; round < 20; round++) {
                assertThat(accounts.authenticate("ann", other, HOME)).isEmpty();
                assertThat(accounts.authenticate("ann", foreign, HOME)).isEmpty();
                assertThat(accounts.authenticate("bob", listed, HOME)).isEmpty();
                assertThat(accounts.authenticate("nobody", listed, HOME)).isEmpty();
            }
            // An agent that offers many keys does not lock the account.
            assertThat(accounts.authenticate("ann", listed, HOME)).isPresent();
            assertThat(logsIn(directory, "ann", "secret", HOME)).isTrue();
        }
    }

    @Test
    void loginConditionsAreEnforced() {
        table.add(entry("disabled").withEnabled(false));
        table.add(entry("expiring").withExpires(clock.instant().plusSeconds(60)));
        table.add(entry("sftp").withProtocols(EnumSet.of(Protocol.SFTP)));
        table.add(entry("at-home").withNetworks(List.of(Network.parse("192.0.2.0/24"))));
        try (AccountDirectory directory = directory(PATIENT)) {
            assertThat(logsIn(directory, "disabled", "secret", HOME)).isFalse();
            assertThat(logsIn(directory, "sftp", "secret", HOME)).isFalse();
            assertThat(directory.over(Protocol.SFTP).authenticate("sftp", "secret".toCharArray(), HOME))
                    .isPresent();
            assertThat(logsIn(directory, "at-home", "secret", HOME)).isTrue();
            assertThat(logsIn(directory, "at-home", "secret", ELSEWHERE)).isFalse();
            assertThat(logsIn(directory, "expiring", "secret", HOME)).isTrue();
            Account expiring = entry("expiring").account();
            assertThat(directory.current(expiring)).isPresent();

            clock.advance(Duration.ofSeconds(60));

            assertThat(logsIn(directory, "expiring", "secret", HOME)).isFalse();
            assertThat(directory.current(expiring)).isEmpty();
        }
    }

    /**
     * Every refusal costs one hash, which is measured by the memory that it fills, 19 MiB: its time depends on the
     * machine. What else a login allocates depends on how far Java has compiled it, but is less than a second hash.
     */
    @Test
    void refusalsCostTheSameWithAndWithoutAnAccount() {
        table.add(entry("ann"));
        table.add(entry("disabled").withEnabled(false));
        table.add(entry("expired").withExpires(clock.instant()));
        table.add(entry("keys-only").withPassword(null));
        table.add(entry("sftp").withProtocols(EnumSet.of(Protocol.SFTP)));
        table.add(entry("elsewhere").withNetworks(List.of(Network.parse("198.51.100.0/24"))));
        try (AccountDirectory directory = directory(PATIENT)) {
            for (String name : List.of("ann", "nobody", "", "disabled", "expired", "keys-only", "sftp", "elsewhere")) {
                for (String password : List.of("wrong", name.equals("ann") ? "wrong" : "secret")) {
                    assertThat(allocated(directory, name, password))
                            .as("bytes for the login '" + name + "'")
                            .isBetween(19L << 20, 2 * (19L << 20) - 1);
                }
            }
        }
    }

    /** The bytes that a refused login allocates on its thread. */
    private static long allocated(AccountDirectory directory, String name, String password) {
        ThreadMXBean threads = ManagementFactory.getPlatformMXBean(ThreadMXBean.class);
        long before = threads.getCurrentThreadAllocatedBytes();
        assertThat(logsIn(directory, name, password, HOME)).isFalse();
        return threads.getCurrentThreadAllocatedBytes() - before;
    }

    @Test
    void failuresExpireAfterTenMinutes() {
        table.add(entry("ann"));
        try (AccountDirectory directory = directory(LoginLimits.DEFAULTS)) {
            for (int round = 0; round < 3; round++) {
                for (int i = 0; i < 4; i++) {
                    assertThat(logsIn(directory, "ann", "wrong", HOME)).isFalse();
                }
                clock.advance(Duration.ofMinutes(10));
            }
            assertThat(logsIn(directory, "ann", "secret", HOME)).isTrue();
        }
    }

    /** A hash is detected by the memory that it fills. */
    @Test
    void throttledLoginsDoNotHash() {
        table.add(entry("ann"));
        try (AccountDirectory directory = directory(LoginLimits.DEFAULTS)) {
            for (int i = 0; i < 5; i++) {
                assertThat(logsIn(directory, "ann", "wrong", HOME)).isFalse();
            }
            assertThat(allocated(directory, "ann", "wrong")).isLessThan(1 << 20);
            assertThat(directory.throttled(ThrottledLogin.ACCOUNT)).isEqualTo(1);
            for (int i = 0; i < 15; i++) {
                assertThat(allocated(directory, "nobody", "wrong")).isGreaterThan(19 << 20);
            }
            assertThat(allocated(directory, "nobody", "wrong")).isLessThan(1 << 20);
            assertThat(directory.throttled(ThrottledLogin.ADDRESS)).isEqualTo(1);
            assertThat(logsIn(directory, "ann", "secret", ELSEWHERE)).isTrue();
        }
    }

    /**
     * What clients can measure: a refusal is not faster than a check, and a slower hash does not reveal its account.
     */
    @Test
    void allFailuresAreAnsweredAtMultiplesOfTheSamePeriod() {
        PasswordHash slow = PasswordHash.parse("$argon2id$v=19$m=38912,t=3,p=1$c2FsdHNhbHRzYWx0c2FsdA"
                + "$MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE");
        table.add(entry("ann"));
        table.add(entry("slow").withPassword(slow));
        AtomicLong now = new AtomicLong();
        FailureTime times = new FailureTime(now::get, now::addAndGet);
        try (AccountDirectory directory = new AccountDirectory(
                List.of(), table, ExternalAccounts.NONE, LoginLimits.DEFAULTS, clock, new Events(), times)) {
            for (String name : List.of("ann", "slow", "nobody", "ann", "ann", "ann", "ann", "ann")) {
                long before = now.get();
                assertThat(logsIn(directory, name, "wrong", HOME)).isFalse();
                assertThat(Duration.ofNanos(now.get() - before)).as(name).isEqualTo(FailureTime.STEP);
            }
            assertThat(directory.throttled(ThrottledLogin.ACCOUNT)).isEqualTo(1);
        }
    }

    @Test
    void loginsBeyondTheLimitOfConcurrentChecksFailWithoutBeingCounted() throws Exception {
        table.add(entry("ann"));
        table.add(entry("bob"));
        LoginLimits one = LoginLimits.builder().set("maxChecks", 1).build();
        CountDownLatch asked = new CountDownLatch(1);
        CountDownLatch go = new CountDownLatch(1);
        AtomicBoolean first = new AtomicBoolean();
        FailureTime times = new FailureTime(
                () -> {
                    // The second call comes from the login whose check begins.
                    if (Thread.currentThread().getName().equals("checking") && !first.compareAndSet(false, true)) {
                        asked.countDown();
                        try {
                            go.await();
                        } catch (InterruptedException e) {
                            throw new AssertionError(e);
                        }
                    }
                    return System.nanoTime();
                },
                time -> {});
        try (AccountDirectory directory =
                new AccountDirectory(List.of(), table, ExternalAccounts.NONE, one, clock, new Events(), times)) {
            assertThat(logsIn(directory, "bob", "secret", HOME)).isTrue();
            Thread checking = Thread.ofPlatform()
                    .name("checking")
                    .start(() ->
                            assertThat(logsIn(directory, "ann", "secret", HOME)).isTrue());
            asked.await();
            assertThat(logsIn(directory, "ann", "secret", ELSEWHERE)).isFalse();
            assertThat(directory.throttled(ThrottledLogin.BUSY)).isEqualTo(1);
            // A recently verified password needs no check.
            assertThat(logsIn(directory, "bob", "secret", ELSEWHERE)).isTrue();
            go.countDown();
            checking.join();
            assertThat(logsIn(directory, "ann", "secret", ELSEWHERE)).isTrue();
        }
    }

    /** Ten concurrent guesses are limited like successive ones, to five. */
    @Test
    void concurrentGuessesAreLimitedAndConcurrentLoginsAreNot() throws Exception {
        table.add(entry("ann"));
        try (AccountDirectory directory = directory(LoginLimits.DEFAULTS);
                ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<Boolean>> right = new ArrayList<>();
            for (int i = 0; i < 20; i++) {
                right.add(threads.submit(() -> logsIn(directory, "ann", "secret", HOME)));
            }
            for (Future<Boolean> login : right) {
                assertThat(login.get()).isTrue();
            }

            List<Future<Boolean>> guesses = new ArrayList<>();
            for (int i = 0; i < 20; i++) {
                String password = i == 19 ? "secret" : "wrong" + i;
                guesses.add(threads.submit(() -> logsIn(directory, "ann", password, ELSEWHERE)));
            }
            for (Future<Boolean> guess : guesses) {
                guess.get();
            }
            assertThat(logsIn(directory, "ann", "secret", ELSEWHERE)).isFalse();
        }
    }

    @Test
    void recentlyUsedEntriesAreBounded() {
        RecentlyUsed<Integer, Integer> map = new RecentlyUsed<>(100);
        for (int i = 0; i < 1000; i++) {
            map.put(i, i);
            // Used all the time, and so kept.
            map.get(0);
        }

        assertThat(map).hasSize(100).containsKey(0).containsKey(999).doesNotContainKey(1);
    }

    @Test
    void changesByAnotherProcessTakeEffectSoon() throws Exception {
        try (AccountDirectory directory = directory(PATIENT);
                StateDatabase command = StateDatabase.join(folder.resolve("state.db"))) {
            directory.start();
            AccountTable elsewhere = new AccountTable(command);
            assertThat(elsewhere.add(entry("ann"))).isTrue();
            Patience.await("the account is known", () -> logsIn(directory, "ann", "secret", HOME));
            Account loggedIn = entry("ann").account();

            elsewhere.change(
                    "ann",
                    entry -> entry.withAccount(entry("ann", Permission.LIST).account()));
            Patience.await(
                    "it may do less",
                    () -> directory
                            .current(loggedIn)
                            .orElseThrow()
                            .permissions()
                            .equals(EnumSet.of(Permission.LIST)));
            assertThat(logsIn(directory, "ann", "secret", HOME)).isTrue();

            elsewhere.change("ann", entry -> entry.withPassword(PasswordHash.of("other".toCharArray())));
            Patience.await("the password is another", () -> logsIn(directory, "ann", "other", HOME));
            assertThat(logsIn(directory, "ann", "secret", HOME)).isFalse();

            elsewhere.change("ann", entry -> entry.withEnabled(false));
            Patience.await("it is disabled", () -> directory.current(loggedIn).isEmpty());
            assertThat(logsIn(directory, "ann", "other", HOME)).isFalse();

            elsewhere.change("ann", entry -> entry.withEnabled(true));
            Patience.await("it is enabled", () -> directory.current(loggedIn).isPresent());
            assertThat(elsewhere.remove("ann")).isTrue();
            Patience.await(
                    "the account is removed", () -> directory.current(loggedIn).isEmpty());
        }
    }

    @Test
    void aLoginIsCurrentForAsLongAsItWouldSucceedAgain() throws Exception {
        KeyPair pair = KeyPairGenerator.getInstance("RSA").generateKeyPair();
        AccountEntry ann = entry("ann")
                .withKeys(List.of(AuthorizedKey.of(pair.getPublic(), "")))
                .withPrincipals(Set.of("ops"));
        table.add(ann);
        try (AccountDirectory directory = directory(PATIENT)) {
            Accounts accounts = directory.over(Protocol.SFTP);
            Login password =
                    accounts.authenticate("ann", "secret".toCharArray(), HOME).orElseThrow();
            Login key = accounts.authenticate("ann", pair.getPublic(), HOME).orElseThrow();
            Login certificate =
                    accounts.authenticate("ann", List.of("ops"), HOME).orElseThrow();
            Map<String, UnaryOperator<AccountEntry>> changes = Map.of(
                    "password certificate key", entry -> entry.withEnabled(false),
                    "certificate key password", entry -> entry.withExpires(clock.instant()),
                    "key password certificate", entry -> entry.withNetworks(List.of(Network.parse("198.51.100.0/24"))),
                    "key certificate password", entry -> entry.withProtocols(EnumSet.of(Protocol.FTPS)),
                    "password", entry -> entry.withPassword(PasswordHash.of("secret".toCharArray())),
                    "key", entry -> entry.withKeys(List.of()),
                    "certificate", entry -> entry.withPrincipals(Set.of("others")),
                    "", entry -> entry.withAccount(entry("ann", Permission.LIST).account()));
            changes.forEach((ended, change) -> {
                table.change("ann", change);
                directory.refresh();
                assertThat(password.current().isEmpty()).as(ended).isEqualTo(ended.contains("password"));
                assertThat(key.current().isEmpty()).as(ended).isEqualTo(ended.contains("key"));
                assertThat(certificate.current().isEmpty()).as(ended).isEqualTo(ended.contains("certificate"));
                table.change("ann", _ -> ann);
                assertThat(List.of(password, key, certificate))
                        .allMatch(login -> login.verify().isPresent());
            });
            table.change("ann", _ -> ann.withExpires(clock.instant().plusSeconds(60)));
            assertThat(password.verify()).isPresent();
            clock.advance(Duration.ofSeconds(60));
            assertThat(password.current()).as("by the clock alone").isEmpty();
        }
    }

    @Test
    void sessionsEndWhenTheirAccountExpires() throws Exception {
        table.add(entry("ann").withExpires(clock.instant().plusSeconds(60)));
        Sessions sessions = new Sessions(new Events(), clock);
        try (AccountDirectory directory = directory(PATIENT);
                SessionWatch _ = SessionWatch.start(sessions)) {
            AccountSession session = sessions.begin(
                            directory
                                    .over(Protocol.FTPS)
                                    .authenticate("ann", "secret".toCharArray(), HOME)
                                    .orElseThrow(),
                            Protocol.FTPS,
                            HOME)
                    .orElseThrow();
            List<String> reasons = new CopyOnWriteArrayList<>();
            session.onDisconnect(reasons::add);
            clock.advance(Duration.ofSeconds(60));
            Patience.await("the session ends", () -> !reasons.isEmpty());
            session.disconnect();
            assertThat(reasons).containsExactly("This account has expired or was changed; log in again.");
        }
    }

    @Test
    void theConfigurationTakesPrecedence() {
        table.add(entry("ann", Permission.LIST).withPassword(PasswordHash.of("other".toCharArray())));
        try (AccountDirectory directory = directory(PATIENT, entry("ann"))) {
            assertThat(logsIn(directory, "ann", "secret", HOME)).isTrue();
            assertThat(logsIn(directory, "ann", "other", HOME)).isFalse();
            table.remove("ann");
            directory.refresh();
            assertThat(directory.current(entry("ann").account()))
                    .isEqualTo(Optional.of(entry("ann").account()));
        }
    }

    @Test
    void accountsStayInForceWhileTheRepositoryCannotBeRead() {
        table.add(entry("ann"));
        try (AccountDirectory directory = directory(PATIENT)) {
            database.close();
            directory.refresh();

            assertThat(logsIn(directory, "ann", "secret", HOME)).isTrue();
        }
    }

    @Test
    void configuredAccountsWithTheSameNameAreRefused() {
        assertThatThrownBy(() -> directory(PATIENT, entry("ann"), entry("ann")))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("'ann'");
    }
}
