package dev.slipway.core.state;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.slipway.core.VirtualPath;
import dev.slipway.core.account.Account;
import dev.slipway.core.account.AccountEntry;
import dev.slipway.core.account.Mount;
import dev.slipway.core.account.Permission;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
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

    @Test
    void aCommandWorksWithAndWithoutARunningGateway() {
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
    void aCommandDoesNotMigrateTheDatabaseOfARunningEarlierVersion() throws Exception {
        Files.createDirectories(folder);
        Flyway.configure()
                .dataSource("jdbc:sqlite:" + file(), "", "")
                .locations("classpath:dev/slipway/core/state/migration")
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
