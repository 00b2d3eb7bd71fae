package dev.slipway.app;

import dev.slipway.app.config.GatewaySettings;
import dev.slipway.app.keys.SshKeys;
import dev.slipway.core.VfsException;
import dev.slipway.core.VirtualPath;
import dev.slipway.core.account.Account;
import dev.slipway.core.account.AccountEntry;
import dev.slipway.core.account.AccountLimits;
import dev.slipway.core.account.AuthorizedKey;
import dev.slipway.core.account.Mount;
import dev.slipway.core.account.PasswordHash;
import dev.slipway.core.setting.Secret;
import dev.slipway.core.unit.CountLimit;
import dev.slipway.core.unit.SizeLimit;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
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
        Integer maxSessions = account.maxSessions();
        return new AccountEntry(
                new Account(
                        account.name(),
                        mounts(account, bucket),
                        account.permissions(),
                        account.options(),
                        maxSessions == null ? Account.UNLIMITED : maxSessions,
                        account.resume(),
                        limits(account),
                        account.remotes()),
                passwordHash(account),
                account.authorizedKeys().stream()
                        .map(line -> AuthorizedKey.of(SshKeys.parsePublic(line), SshKeys.comment(line)))
                        .toList(),
                true,
                account.expires(),
                account.protocols(),
                account.networks(),
                account.principals());
    }

    private static AccountLimits limits(GatewaySettings.Account account) {
        CountLimit files = account.quotaFiles();
        return new AccountLimits(
                limit(account.quotaBytes()),
                files == null ? AccountLimits.BY_DEFAULT : files.count(),
                limit(account.uploadRate()),
                limit(account.downloadRate()));
    }

    private static long limit(@Nullable SizeLimit limit) {
        return limit == null ? AccountLimits.BY_DEFAULT : limit.bytes();
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

    private static List<Mount> mounts(GatewaySettings.Account account, @Nullable String defaultBucket) {
        List<Mount> mounts = new ArrayList<>();
        for (GatewaySettings.Mount mount : account.mounts()) {
            mounts.add(new Mount(
                    parse(mount.path()),
                    bucket(mount.bucket(), defaultBucket),
                    Objects.requireNonNullElse(mount.prefix(), ""),
                    mount.readOnly()));
        }
        if (mounts.isEmpty()) {
            mounts.add(new Mount(VirtualPath.ROOT, bucket(null, defaultBucket), "", false));
        }
        return mounts;
    }

    private static VirtualPath parse(String path) {
        try {
            return VirtualPath.parse(path);
        } catch (VfsException e) {
            throw new IllegalArgumentException("a mount's path was not checked: " + path, e);
        }
    }

    private static String bucket(@Nullable String bucket, @Nullable String defaultBucket) {
        return Objects.requireNonNull(bucket == null ? defaultBucket : bucket, "s3.bucket was not checked");
    }

    /** The buckets of the accounts in the configuration or, if it has no accounts, the default bucket. */
    static Set<String> buckets(GatewaySettings settings) {
        Set<String> buckets = new HashSet<>();
        for (GatewaySettings.Account account : settings.accounts()) {
            mounts(account, settings.s3().bucket()).forEach(mount -> buckets.add(mount.bucket()));
        }
        if (buckets.isEmpty() && settings.s3().bucket() != null) {
            // All accounts are in the state database.
            buckets.add(settings.s3().bucket());
        }
        return buckets;
    }
}
