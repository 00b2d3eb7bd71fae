package dev.slipway.admin.management;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.slipway.admin.management.ManagementException.Reason;
import dev.slipway.core.InvalidFieldsException;
import dev.slipway.core.VirtualPath;
import dev.slipway.core.account.Account;
import dev.slipway.core.account.AccountDefinition;
import dev.slipway.core.account.AccountEntry;
import dev.slipway.core.account.AuthorizedKey;
import dev.slipway.core.account.Mount;
import dev.slipway.core.account.Permission;
import dev.slipway.core.state.StateDatabase;
import java.nio.file.Path;
import java.security.KeyPairGenerator;
import java.util.EnumSet;
import java.util.List;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AccountsTest {
    @TempDir
    private Path folder;

    private StateDatabase database;
    private Accounts accounts;

    @BeforeEach
    void open() {
        database = StateDatabase.open(folder.resolve("state.db"));
        accounts = accounts("files");
    }

    @AfterEach
    void close() {
        database.close();
    }

    private Accounts accounts(String bucket) {
        return new Accounts(
                database,
                List.of(configured("carl")),
                bucket,
                line -> {
                    throw new IllegalArgumentException("unused: " + line);
                },
                Principal.LOCAL);
    }

    private void add(String name) throws ManagementException {
        ManagedAccount _ = accounts.add(AccountDefinition.named(name), null, List.of());
    }

    private static AccountEntry configured(String name) {
        return AccountEntry.of(
                new Account(
                        name,
                        List.of(new Mount(VirtualPath.ROOT, "files", "", false)),
                        EnumSet.allOf(Permission.class)),
                null,
                List.of());
    }

    private static void assertRefused(ThrowingCallable call, Reason reason) {
        assertThatExceptionOfType(ManagementException.class)
                .isThrownBy(call)
                .satisfies(e -> assertThat(e.reason()).isEqualTo(reason));
    }

    @Test
    void aNewAccountSeesTheWholeBucketAndIsListedByName() throws Exception {
        add("dora");
        add("anna");

        assertThat(accounts.all()).extracting(ManagedAccount::name).containsExactly("anna", "carl", "dora");
        assertThat(accounts.all()).extracting(ManagedAccount::configured).containsExactly(false, true, false);
        assertThat(accounts.find("anna").entry().account().mounts())
                .containsExactly(new Mount(VirtualPath.ROOT, "files", "", false));
    }

    @Test
    void aNameIsTakenOnce() throws Exception {
        add("anna");

        assertRefused(() -> add("anna"), Reason.ALREADY_EXISTS);
        assertRefused(() -> accounts.requireFree("anna"), Reason.ALREADY_EXISTS);
        assertRefused(() -> add("carl"), Reason.ALREADY_EXISTS);
        accounts.requireFree("bert");
    }

    @Test
    void accountsOfTheConfigurationAreReadOnly() {
        assertRefused(() -> accounts.changeable("carl"), Reason.READ_ONLY);
        assertRefused(() -> accounts.change("carl", entry -> entry), Reason.READ_ONLY);
        assertRefused(() -> accounts.remove("carl"), Reason.READ_ONLY);
        assertRefused(() -> accounts.removeKey("carl", "SHA256:x"), Reason.READ_ONLY);
    }

    @Test
    void missingAccountsAreNotFound() {
        assertRefused(() -> accounts.find("nobody"), Reason.UNKNOWN_ACCOUNT);
        assertRefused(() -> accounts.change("nobody", entry -> entry), Reason.UNKNOWN_ACCOUNT);
        assertRefused(() -> accounts.remove("nobody"), Reason.UNKNOWN_ACCOUNT);
    }

    @Test
    void aKeyIsAddedOnceAndRemoved() throws Exception {
        add("anna");
        var pair = KeyPairGenerator.getInstance("Ed25519").generateKeyPair();
        AuthorizedKey key = AuthorizedKey.of(pair.getPublic(), "laptop");
        AuthorizedKey renamed = AuthorizedKey.of(pair.getPublic(), "old laptop");

        accounts.addKey("anna", key);
        accounts.addKey("anna", renamed);
        assertThat(accounts.find("anna").entry().keys()).containsExactly(renamed);

        assertRefused(() -> accounts.removeKey("anna", "SHA256:x"), Reason.UNKNOWN_KEY);
        accounts.removeKey("anna", key.fingerprint());
        assertThat(accounts.find("anna").entry().keys()).isEmpty();
    }

    @Test
    void invalidKeysAreRefusedWithTheReason() {
        assertThatThrownBy(() -> accounts.readKey("key", "hello"))
                .isInstanceOf(InvalidFieldsException.class)
                .hasMessageContaining("hello");
    }
}
