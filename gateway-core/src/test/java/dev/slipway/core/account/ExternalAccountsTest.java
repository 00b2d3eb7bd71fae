package dev.slipway.core.account;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.slipway.core.Protocol;
import dev.slipway.core.VirtualPath;
import dev.slipway.core.event.Events;
import dev.slipway.core.state.AccountTable;
import dev.slipway.core.state.StateDatabase;
import java.net.InetAddress;
import java.nio.file.Path;
import java.security.KeyPairGenerator;
import java.security.PublicKey;
import java.time.Clock;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Accounts of a program that embeds the gateway. */
class ExternalAccountsTest {
    private static final InetAddress CLIENT = InetAddress.getLoopbackAddress();

    /** A program with users in memory. */
    private static final class Program implements ExternalAccounts {
        final Map<String, AccountEntry> entries = new ConcurrentHashMap<>();
        final Map<String, String> passwords = new ConcurrentHashMap<>();
        final Set<String> asked = ConcurrentHashMap.newKeySet();
        volatile boolean down;

        void add(AccountEntry entry, String password) {
            entries.put(entry.name(), entry);
            passwords.put(entry.name(), password);
        }

        @Override
        public Optional<AccountEntry> find(String name) {
            if (down) {
                throw new IllegalStateException("the user database is down");
            }
            return Optional.ofNullable(entries.get(name));
        }

        @Override
        public boolean isPassword(String name, char[] password, InetAddress client) {
            asked.add(name);
            if (down) {
                throw new IllegalStateException("the user database is down");
            }
            return new String(password).equals(passwords.get(name));
        }
    }

    @TempDir
    private Path folder;

    private final Program program = new Program();
    private StateDatabase database;
    private AccountTable table;
    private AccountDirectory directory;

    @BeforeEach
    void open() {
        database = StateDatabase.open(folder.resolve("state.db"));
        table = new AccountTable(database);
        directory = new AccountDirectory(
                List.of(),
                table,
                program,
                LoginLimits.DEFAULTS,
                Clock.systemUTC(),
                new Events(),
                new FailureTime(System::nanoTime, time -> {}));
    }

    @AfterEach
    void close() {
        directory.close();
        database.close();
    }

    private static AccountEntry entry(String name) {
        return AccountEntry.of(
                new Account(
                        name,
                        List.of(new Mount(VirtualPath.ROOT, "bucket", name + "/", false)),
                        EnumSet.allOf(Permission.class)),
                null,
                List.of());
    }

    private Optional<Login> login(String name, String password) {
        return directory.over(Protocol.SFTP).authenticate(name, password.toCharArray(), CLIENT);
    }

    @Test
    void theProgramDecidesWhoLogsIn() {
        program.add(entry("ann"), "right");

        assertThat(login("ann", "wrong")).isEmpty();
        assertThat(login("ann", "right").orElseThrow().account())
                .isEqualTo(entry("ann").account());
        assertThat(directory.isEmpty()).isFalse();
    }

    @Test
    void thePasswordOfAnUnknownNameIsCheckedToo() {
        assertThat(login("nobody", "right")).isEmpty();
        assertThat(program.asked).containsExactly("nobody");
    }

    @Test
    void aKeyOfTheAccountLogsIn() throws Exception {
        PublicKey key =
                KeyPairGenerator.getInstance("Ed25519").generateKeyPair().getPublic();
        program.add(entry("ann").withKeys(List.of(AuthorizedKey.of(key, ""))), "right");

        assertThat(directory.over(Protocol.SFTP).authenticate("ann", key, CLIENT))
                .isPresent();
        program.add(entry("ann"), "right");
        assertThat(directory.over(Protocol.SFTP).authenticate("ann", key, CLIENT))
                .isEmpty();
    }

    @Test
    void whatTheProgramTakesAwayEndsAnOpenLogin() {
        program.add(entry("ann"), "right");
        Login login = login("ann", "right").orElseThrow();
        assertThat(login.verify()).isPresent();

        program.add(entry("ann").withEnabled(false), "right");
        assertThat(login.verify()).isEmpty();
        program.add(entry("ann"), "right");
        assertThat(login.verify()).isPresent();
        program.entries.clear();
        assertThat(login.verify()).isEmpty();
    }

    @Test
    void whileTheProgramIsDownOpenLoginsContinueAndNewOnesFail() {
        program.add(entry("ann"), "right");
        Login login = login("ann", "right").orElseThrow();
        program.down = true;

        assertThat(login.verify()).isPresent();
        assertThat(directory.find("ann")).isPresent();
        assertThat(login("ann", "right")).isEmpty();
        // Whether this account exists is unknown, so nothing of it may be given up.
        assertThatThrownBy(() -> directory.find("bob")).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void anAccountOfTheGatewayOverridesOneOfTheProgram() {
        program.add(entry("ann"), "of the program");
        table.add(entry("ann").withPassword(PasswordHash.of("of the gateway".toCharArray())));
        directory.refresh();

        assertThat(login("ann", "of the program")).isEmpty();
        assertThat(login("ann", "of the gateway")).isPresent();
        assertThat(directory.all()).hasSize(1);
    }

    @Test
    void guessesAreThrottled() {
        program.add(entry("ann"), "right");
        for (int i = 0; i < LoginLimits.DEFAULTS.failuresPerAddress(); i++) {
            assertThat(login("ann", "guess " + i)).isEmpty();
        }
        assertThat(login("ann", "right")).isEmpty();
    }
}
