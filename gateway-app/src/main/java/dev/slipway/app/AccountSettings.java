package dev.slipway.app;

import dev.slipway.app.config.GatewaySettings;
import dev.slipway.app.keys.SshKeys;
import dev.slipway.core.account.AccountEntry;
import dev.slipway.core.account.AccountLimits;
import dev.slipway.core.account.AuthorizedKey;
import dev.slipway.core.account.PasswordHash;
import dev.slipway.core.setting.Secret;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Converts the settings of accounts. */
final class AccountSettings {
    private AccountSettings() {}

    /** The accounts in the configuration. Hashes plain passwords, which takes a while. */
    static List<AccountEntry> accounts(GatewaySettings settings) {
        return settings.accounts().stream()
                .map(account -> entry(account, settings.s3().bucket()))
                .toList();
    }

    /**
     * One account. Hashes a plain password, which takes a while.
     *
     * @param bucket the bucket of mounts that name none
     */
    static AccountEntry entry(GatewaySettings.Account account, @Nullable String bucket) {
        return account.definition()
                .entry(
                        passwordHash(account),
                        account.authorizedKeys().stream()
                                .map(line -> AuthorizedKey.of(SshKeys.parsePublic(line), SshKeys.comment(line)))
                                .toList(),
                        bucket);
    }

    /** The default limits of accounts. */
    static AccountLimits defaultLimits(GatewaySettings settings) {
        return new AccountLimits(
                settings.quota().bytes().bytes(),
                settings.quota().files().count(),
                settings.bandwidth().accountUpload().bytes(),
                settings.bandwidth().accountDownload().bytes());
    }

    private static @Nullable PasswordHash passwordHash(GatewaySettings.Account account) {
        Secret hash = account.passwordHash();
        Secret password = account.password();
        if (hash != null) {
            return PasswordHash.parse(hash.reveal());
        }
        return password == null ? null : PasswordHash.of(password.revealChars());
    }

    /** The buckets of the accounts in the configuration or, if it has no accounts, the default bucket. */
    static Set<String> buckets(GatewaySettings settings) {
        Set<String> buckets = new HashSet<>();
        String byDefault = settings.s3().bucket();
        boolean usesDefault = settings.accounts().isEmpty();
        for (GatewaySettings.Account account : settings.accounts()) {
            usesDefault |= account.mounts().isEmpty();
            for (GatewaySettings.Mount mount : account.mounts()) {
                if (mount.bucket() == null) {
                    usesDefault = true;
                } else {
                    buckets.add(mount.bucket());
                }
            }
        }
        if (usesDefault && byDefault != null) {
            buckets.add(byDefault);
        }
        return buckets;
    }
}
