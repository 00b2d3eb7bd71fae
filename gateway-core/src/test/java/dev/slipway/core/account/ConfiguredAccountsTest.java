package dev.slipway.core.account;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.slipway.core.VirtualPath;
import java.net.InetAddress;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class ConfiguredAccountsTest {
    private static final InetAddress CLIENT = InetAddress.getLoopbackAddress();

    private static ConfiguredAccounts.Entry entry(String name, String password, KeyPair... keys) {
        Account account = new Account(
                name, List.of(new Mount(VirtualPath.ROOT, "bucket", "", false)), EnumSet.allOf(Permission.class));
        return new ConfiguredAccounts.Entry(
                account,
                PasswordHash.of(password.toCharArray()),
                Set.of(keys).stream().map(KeyPair::getPublic).collect(java.util.stream.Collectors.toSet()));
    }

    @Test
    void onlyTheRightPasswordLogsIn() {
        Accounts accounts = new ConfiguredAccounts(List.of(entry("ann", "secret"), entry("bob", "other")));

        for (int round = 0; round < 2; round++) {
            assertThat(accounts.authenticate("ann", "secret".toCharArray(), CLIENT))
                    .hasValueSatisfying(account -> assertThat(account.name()).isEqualTo("ann"));
            assertThat(accounts.authenticate("ann", "other".toCharArray(), CLIENT))
                    .isEmpty();
            assertThat(accounts.authenticate("bob", "secret".toCharArray(), CLIENT))
                    .isEmpty();
            assertThat(accounts.authenticate("nobody", "secret".toCharArray(), CLIENT))
                    .isEmpty();
            assertThat(accounts.authenticate("nobody", "n".toCharArray(), CLIENT))
                    .isEmpty();
        }
    }

    @Test
    void onlyAListedKeyLogsIn() throws Exception {
        KeyPair listed = KeyPairGenerator.getInstance("Ed25519").generateKeyPair();
        KeyPair other = KeyPairGenerator.getInstance("Ed25519").generateKeyPair();
        Accounts accounts = new ConfiguredAccounts(List.of(entry("ann", "secret", listed)));

        assertThat(accounts.authenticate("ann", listed.getPublic(), CLIENT)).isPresent();
        assertThat(accounts.authenticate("ann", other.getPublic(), CLIENT)).isEmpty();
        assertThat(accounts.authenticate("bob", listed.getPublic(), CLIENT)).isEmpty();
    }

    @Test
    void twoAccountsOfOneNameAreRefused() {
        assertThatThrownBy(() -> new ConfiguredAccounts(List.of(entry("ann", "a"), entry("ann", "b"))))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("'ann'");
    }
}
