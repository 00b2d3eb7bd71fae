package dev.slipway.app;

import dev.slipway.app.config.ConfigurationException;
import dev.slipway.app.config.SettingsLoader;
import dev.slipway.core.account.AccountEntry;
import dev.slipway.core.account.ExternalAccounts;
import java.net.InetAddress;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The accounts of an {@link Authenticator}, checked by the rules for those of the configuration.
 *
 * @param bucket the bucket of mounts that name none
 */
record ProgramAccounts(
        Authenticator authenticator, @Nullable String bucket) implements ExternalAccounts {
    static ExternalAccounts of(@Nullable Authenticator authenticator, @Nullable String bucket) {
        return authenticator == null ? ExternalAccounts.NONE : new ProgramAccounts(authenticator, bucket);
    }

    @Override
    public Optional<AccountEntry> find(String name) {
        return authenticator.find(name).map(this::entry);
    }

    private AccountEntry entry(AccountSpecification specification) {
        try {
            return AccountSettings.entry(SettingsLoader.account(specification.settings(), bucket), bucket)
                    .withPassword(null);
        } catch (ConfigurationException e) {
            throw new IllegalStateException("the authenticator's account is invalid: " + e.getMessage(), e);
        }
    }

    @Override
    public boolean isPassword(String name, char[] password, InetAddress client) {
        return authenticator.isPassword(name, password, client);
    }
}
