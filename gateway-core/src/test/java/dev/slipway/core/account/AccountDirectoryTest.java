package dev.slipway.core.account;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.withinPercentage;

import com.sun.management.ThreadMXBean;
import dev.slipway.core.Protocol;
import dev.slipway.core.VirtualPath;
import dev.slipway.core.event.Events;
import dev.slipway.core.state.AccountTable;
import dev.slipway.core.state.StateDatabase;
import dev.slipway.core.store.Bytes;
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
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AccountDirectoryTest {
    private static final InetAddress HOME = InetAddress.ofLiteral("192.0.2.1");
    private static final InetAddress ELSEWHERE = InetAddress.ofLiteral("198.51.100.1");
    private static final PasswordHash SECRET = PasswordHash.of("secret".toCharArray());
    private static final LoginLimits PATIENT = new LoginLimits(
            1000,
            1000,
            Duration.ofMinutes(10),
            Duration.ofSeconds(1),
            Duration.ofMinutes(15),
            Duration.ofDays(1),
            Duration.ofMinutes(5),
            100);

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

    private AccountDirectory directory(LoginLimits limits, AccountEntry... configured) {
        return new AccountDirectory(List.of(configured), table, limits, clock, new Events());
    }

    private static boolean logsIn(AccountDirectory directory, String name, String password, InetAddress client) {
        return directory
                .over(Protocol.FTPS)
                .authenticate(name, password.toCharArray(), client)
                .isPresent();
    }

    private static InetAddress address(int number) {
        return InetAddress.ofLiteral("10.0." + number / 250 + "." + (1 + number % 250));
    }

    @Test
    void onlyTheRightPasswordLogsIn() {
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
            // An agent that offers many keys locks nobody out.
            assertThat(accounts.authenticate("ann", listed, HOME)).isPresent();
            assertThat(logsIn(directory, "ann", "secret", HOME)).isTrue();
        }
    }

    @Test
    void conditionsOfTheLoginHold() {
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

    /** Every refusal costs a hash, which is known by the memory that it fills, 19 MiB: time would depend on the machine. */
    @Test
    void theWorkForTheAnswerDoesNotTellWhetherThereIsAnAccount() {
        table.add(entry("ann"));
        table.add(entry("disabled").withEnabled(false));
        table.add(entry("expired").withExpires(clock.instant()));
        table.add(entry("keys-only").withPassword(null));
        table.add(entry("sftp").withProtocols(EnumSet.of(Protocol.SFTP)));
        table.add(entry("elsewhere").withNetworks(List.of(Network.parse("198.51.100.0/24"))));
        try (AccountDirectory directory = directory(PATIENT)) {
            long hash = allocated(directory, "ann", "wrong");
            assertThat(hash).isBetween(19L << 20, 25L << 20);
            for (String name : List.of("nobody", "", "disabled", "expired", "keys-only", "sftp", "elsewhere")) {
                for (String password : List.of("wrong", "secret")) {
                    assertThat(allocated(directory, name, password))
                            .as("bytes for the login '" + name + "'")
                            .isCloseTo(hash, withinPercentage(10));
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
    void anAddressThatGuessesIsRefusedForAGrowingTime() {
        table.add(entry("ann"));
        try (AccountDirectory directory = directory(LoginLimits.DEFAULTS)) {
            for (int i = 0; i < 5; i++) {
                assertThat(logsIn(directory, "guess" + i, "wrong", HOME)).isFalse();
            }
            for (long seconds : List.of(1L, 2L, 4L, 8L, 16L, 32L, 64L, 128L, 256L, 512L, 900L, 900L)) {
                clock.advance(Duration.ofSeconds(seconds).minusMillis(1));
                assertThat(logsIn(directory, "ann", "secret", HOME))
                        .as("just before " + seconds + " s")
                        .isFalse();
                assertThat(logsIn(directory, "ann", "secret", ELSEWHERE))
                        .as("from elsewhere")
                        .isTrue();
                clock.advance(Duration.ofMillis(1));
                assertThat(logsIn(directory, "ann", "wrong", HOME)).isFalse();
            }
            clock.advance(Duration.ofMinutes(15));
            assertThat(logsIn(directory, "ann", "secret", HOME)).isTrue();
            // A success forgets the failures.
            for (int i = 0; i < 4; i++) {
                assertThat(logsIn(directory, "ann", "wrong", HOME)).isFalse();
            }
            assertThat(logsIn(directory, "ann", "secret", HOME)).isTrue();
        }
    }

    @Test
    void failuresAreForgottenAfterTenQuietMinutes() {
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

    @Test
    void refusalsDoNotHash() {
        try (AccountDirectory directory = directory(LoginLimits.DEFAULTS)) {
            for (int i = 0; i < 5; i++) {
                assertThat(logsIn(directory, "ann", "wrong", HOME)).isFalse();
            }
            long begin = System.nanoTime();
            for (int i = 0; i < 1000; i++) {
                assertThat(logsIn(directory, "ann", "wrong", HOME)).isFalse();
            }
            assertThat(Duration.ofNanos(System.nanoTime() - begin)).isLessThan(Duration.ofSeconds(5));
        }
    }

    @Test
    void addressesOfOneIpv6CustomerAreOne() {
        try (AccountDirectory directory = directory(LoginLimits.DEFAULTS, entry("ann"))) {
            for (int i = 1; i <= 5; i++) {
                assertThat(logsIn(directory, "guess" + i, "wrong", InetAddress.ofLiteral("2001:db8::" + i)))
                        .isFalse();
            }
            assertThat(logsIn(directory, "ann", "secret", InetAddress.ofLiteral("2001:db8::99")))
                    .isFalse();
            assertThat(logsIn(directory, "ann", "secret", InetAddress.ofLiteral("2001:db8:0:1::99")))
                    .isTrue();
        }
    }

    @Test
    void manyAddressesGuessingOneAccountLockItButNotWhereItsOwnerIs() {
        table.add(entry("ann"));
        try (AccountDirectory directory = directory(LoginLimits.DEFAULTS)) {
            assertThat(logsIn(directory, "ann", "secret", HOME)).isTrue();
            for (int i = 0; i < 10; i++) {
                assertThat(logsIn(directory, "ann", "wrong", address(i))).isFalse();
                assertThat(logsIn(directory, "ann", "secret", HOME))
                        .as("the owner")
                        .isTrue();
            }

            assertThat(logsIn(directory, "ann", "secret", ELSEWHERE)).isFalse();
            assertThat(logsIn(directory, "ann", "secret", HOME)).isTrue();
            // For a name that does not exist it is the same.
            for (int i = 0; i < 10; i++) {
                assertThat(logsIn(directory, "nobody", "wrong", address(100 + i)))
                        .isFalse();
            }
            long begin = System.nanoTime();
            for (int i = 0; i < 500; i++) {
                assertThat(logsIn(directory, "nobody", "wrong", address(200 + i)))
                        .isFalse();
            }
            assertThat(Duration.ofNanos(System.nanoTime() - begin)).isLessThan(Duration.ofSeconds(5));

            clock.advance(Duration.ofSeconds(1));
            assertThat(logsIn(directory, "ann", "secret", ELSEWHERE)).isTrue();
        }
    }

    @Test
    void trustInAnAddressEndsAfterADay() {
        table.add(entry("ann"));
        try (AccountDirectory directory = directory(LoginLimits.DEFAULTS)) {
            assertThat(logsIn(directory, "ann", "secret", HOME)).isTrue();
            clock.advance(Duration.ofDays(1));
            for (int i = 0; i < 10; i++) {
                assertThat(logsIn(directory, "ann", "wrong", address(i))).isFalse();
            }
            assertThat(logsIn(directory, "ann", "secret", HOME)).isFalse();
        }
    }

    /** Ten guesses at the same moment are not more than five one after the other. */
    @Test
    void guessingInParallelGainsNothingAndLoggingInInParallelIsNoGuessing() throws Exception {
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
    void manyAddressesAndNamesDoNotGrowTheMemory() {
        RecentlyUsed<Integer, Integer> map = new RecentlyUsed<>(100);
        for (int i = 0; i < 1000; i++) {
            map.put(i, i);
            // In use all the time.
            map.get(0);
        }

        assertThat(map).hasSize(100).containsKey(0).containsKey(999).doesNotContainKey(1);
    }

    @Test
    void whatAnotherProcessChangesIsSoonInForce() throws Exception {
        try (AccountDirectory directory = directory(PATIENT);
                StateDatabase command = StateDatabase.join(folder.resolve("state.db"))) {
            directory.start();
            AccountTable elsewhere = new AccountTable(command);
            assertThat(elsewhere.add(entry("ann"))).isTrue();
            Bytes.await("the account is known", () -> logsIn(directory, "ann", "secret", HOME));
            Account loggedIn = entry("ann").account();

            elsewhere.change(
                    "ann",
                    entry -> entry.withAccount(entry("ann", Permission.LIST).account()));
            Bytes.await(
                    "it may do less",
                    () -> directory
                            .current(loggedIn)
                            .orElseThrow()
                            .permissions()
                            .equals(EnumSet.of(Permission.LIST)));
            assertThat(logsIn(directory, "ann", "secret", HOME)).isTrue();

            elsewhere.change("ann", entry -> entry.withPassword(PasswordHash.of("other".toCharArray())));
            Bytes.await("the password is another", () -> logsIn(directory, "ann", "other", HOME));
            assertThat(logsIn(directory, "ann", "secret", HOME)).isFalse();

            elsewhere.change("ann", entry -> entry.withEnabled(false));
            Bytes.await("it is disabled", () -> directory.current(loggedIn).isEmpty());
            assertThat(logsIn(directory, "ann", "other", HOME)).isFalse();

            elsewhere.change("ann", entry -> entry.withEnabled(true));
            Bytes.await("it is enabled", () -> directory.current(loggedIn).isPresent());
            assertThat(elsewhere.remove("ann")).isTrue();
            Bytes.await("it is gone", () -> directory.current(loggedIn).isEmpty());
        }
    }

    @Test
    void aLoginHoldsForAsLongAsItWouldSucceedAgain() throws Exception {
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
            Bytes.await("the session is told to end", () -> !reasons.isEmpty());
            session.disconnect();
            assertThat(reasons).containsExactly("This account has expired or was changed; log in again.");
        }
    }

    @Test
    void theConfigurationWins() {
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
    void accountsThatCannotBeReadStayAsTheyWere() {
        table.add(entry("ann"));
        try (AccountDirectory directory = directory(PATIENT)) {
            database.close();
            directory.refresh();

            assertThat(logsIn(directory, "ann", "secret", HOME)).isTrue();
        }
    }

    @Test
    void twoConfiguredAccountsOfOneNameAreRefused() {
        assertThatThrownBy(() -> directory(PATIENT, entry("ann"), entry("ann")))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("'ann'");
    }
}
