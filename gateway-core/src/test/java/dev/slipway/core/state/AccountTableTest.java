package dev.slipway.core.state;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.slipway.core.Protocol;
import dev.slipway.core.VirtualPath;
import dev.slipway.core.account.Account;
import dev.slipway.core.account.AccountEntry;
import dev.slipway.core.account.AccountLimits;
import dev.slipway.core.account.AuthorizedKey;
import dev.slipway.core.account.Mount;
import dev.slipway.core.account.Network;
import dev.slipway.core.account.PasswordHash;
import dev.slipway.core.account.Permission;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.KeyPairGenerator;
import java.time.Instant;
import java.util.EnumSet;
import java.util.List;
import org.flywaydb.core.Flyway;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AccountTableTest {
    @TempDir
    private Path folder;

    private Path file() {
        return folder.resolve("state.db");
    }

    private static AccountEntry plain(String name) {
        return AccountEntry.of(
                new Account(
                        name, List.of(new Mount(VirtualPath.ROOT, "bucket", "", false)), EnumSet.of(Permission.READ)),
                null,
                List.of());
    }

    private static AccountEntry full(String name) throws Exception {
        KeyPairGenerator generator = KeyPairGenerator.getInstance("Ed25519");
        return new AccountEntry(
                new Account(
                                name,
                                List.of(
                                        new Mount(VirtualPath.ROOT, "bucket", name + "/", false),
                                        new Mount(VirtualPath.parse("/in/box"), "other", "", true)),
                                EnumSet.of(Permission.LIST, Permission.MKDIR))
                        .withLimits(new AccountLimits(10L << 40, AccountLimits.NONE, 1, AccountLimits.BY_DEFAULT)),
                PasswordHash.of("secret".toCharArray()),
                List.of(
                        AuthorizedKey.of(generator.generateKeyPair().getPublic(), "desk"),
                        AuthorizedKey.of(generator.generateKeyPair().getPublic(), "laptop, of Ann")),
                false,
                Instant.parse("2030-01-02T03:04:05Z"),
                EnumSet.of(Protocol.SFTP),
                List.of(Network.parse("192.0.2.0/24"), Network.parse("2001:db8::/32")));
    }

    @Test
    void everythingOfAnAccountSurvivesARestart() throws Exception {
        AccountEntry ann = full("ann");
        try (StateDatabase database = StateDatabase.open(file())) {
            AccountTable table = new AccountTable(database);
            assertThat(table.add(ann)).isTrue();
            assertThat(table.add(plain("bob"))).isTrue();
            assertThat(table.add(plain("ann"))).as("a second one of the name").isFalse();
        }
        try (StateDatabase database = StateDatabase.open(file())) {
            AccountTable table = new AccountTable(database);
            assertThat(table.read().entries()).containsExactly(ann, plain("bob"));
            assertThat(table.find("ann")).contains(ann);
            assertThat(table.find("nobody")).isEmpty();
        }
    }

    @Test
    void eachChangeAndNothingElseCounts() throws Exception {
        AccountEntry ann = full("ann");
        try (StateDatabase database = StateDatabase.open(file())) {
            AccountTable table = new AccountTable(database);
            long before = table.revision();
            table.add(ann);
            table.add(plain("ann"));
            assertThat(table.revision()).isEqualTo(before + 1);
            assertThat(table.change("ann", entry -> entry.withEnabled(true))).contains(ann.withEnabled(true));
            assertThat(table.change("nobody", entry -> entry)).isEmpty();
            assertThat(table.revision()).isEqualTo(before + 2);
            assertThat(table.remove("ann")).isTrue();
            assertThat(table.remove("ann")).isFalse();
            assertThat(table.revision()).isEqualTo(before + 3);
            assertThat(table.read().revision()).isEqualTo(before + 3);
            table.add(plain("ann"));
            assertThat(table.find("ann"))
                    .as("without the keys of the one before")
                    .contains(plain("ann"));
        }
    }

    @Test
    void anAccountThatIsDamagedDoesNotHideTheOthers() {
        try (StateDatabase database = StateDatabase.open(file())) {
            AccountTable table = new AccountTable(database);
            table.add(plain("ann"));
            for (String damage : List.of(
                    "UPDATE accounts SET permissions = 'fly' WHERE name = 'bob'",
                    "UPDATE accounts SET protocols = '' WHERE name = 'bob'",
                    "UPDATE accounts SET password = 'plain' WHERE name = 'bob'",
                    "UPDATE account_mounts SET prefix = '/x' WHERE account = 'bob'",
                    "INSERT INTO account_keys VALUES ('bob', 'ssh-rsa', '')",
                    "DELETE FROM account_mounts WHERE account = 'bob'")) {
                table.add(plain("bob"));
                int _ = database.inTransaction(handle -> handle.execute(damage));

                assertThat(table.read().entries()).as(damage).containsExactly(plain("ann"));
                assertThat(table.remove("bob")).isTrue();
            }
        }
    }

    @Test
    void aCommandWorksBesideAGatewayAndWithoutOne() {
        try (StateDatabase command = StateDatabase.join(file())) {
            new AccountTable(command).add(plain("first"));
            try (StateDatabase gateway = StateDatabase.open(file())) {
                assertThat(new AccountTable(gateway).find("first")).isPresent();
                new AccountTable(command).add(plain("second"));
                assertThat(new AccountTable(gateway).find("second")).isPresent();
                try (StateDatabase other = StateDatabase.join(file())) {
                    assertThat(new AccountTable(other).remove("first")).isTrue();
                }
                assertThat(new AccountTable(gateway).find("first")).isEmpty();
            }
        }
    }

    @Test
    void aCommandDoesNotChangeTheSchemaUnderAGatewayOfAnEarlierVersion() throws Exception {
        Files.createDirectories(folder);
        Flyway.configure()
                .dataSource("jdbc:sqlite:" + file(), "", "")
                .locations("classpath:db/migration")
                .target("1")
                .load()
                .migrate();
        try (var lock = FileChannel.open(
                        folder.resolve("state.db.lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
                var held = lock.lock()) {
            assertThat(held.isValid()).isTrue();
            assertThatThrownBy(() -> StateDatabase.join(file()))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("earlier version");
        }
        try (StateDatabase command = StateDatabase.join(file())) {
            assertThat(new AccountTable(command).add(plain("ann"))).isTrue();
        }
    }
}
