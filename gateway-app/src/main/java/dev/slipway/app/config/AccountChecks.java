package dev.slipway.app.config;

import dev.slipway.app.keys.SshKeys;
import dev.slipway.core.NameRule;
import dev.slipway.core.VfsException;
import dev.slipway.core.VirtualPath;
import dev.slipway.core.account.PasswordHash;
import dev.slipway.core.setting.Problem;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The rules for one account, wherever it is defined. */
final class AccountChecks {
    private final @Nullable String bucket;
    private final List<Problem> problems;

    /**
     * @param bucket the bucket of mounts that name none; null if there is none
     * @param problems receives what is wrong
     */
    AccountChecks(@Nullable String bucket, List<Problem> problems) {
        this.bucket = bucket;
        this.problems = problems;
    }

    private void problem(String key, @Nullable Object value, String expected) {
        problems.add(Problem.of(key, value, expected));
    }

    /**
     * Everything but whether somebody could log in.
     *
     * @param key the beginning of its keys
     */
    void check(String key, GatewaySettings.Account account) {
        if (account.password() != null && account.passwordHash() != null) {
            problem(key + "passwordHash", null, "cannot be used together with " + key + "password");
        }
        if (account.passwordHash() != null) {
            try {
                PasswordHash.parse(account.passwordHash().reveal());
            } catch (IllegalArgumentException e) {
                problem(key + "passwordHash", account.passwordHash(), String.valueOf(e.getMessage()));
            }
        }
        if (account.protocols().isEmpty()) {
            problem(key + "protocols", null, "must name ftps, sftp or both");
        }
        checkName(key + "name", account.name(), NameRule.ACCOUNT);
        for (int i = 0; i < account.authorizedKeys().size(); i++) {
            checkKey(key + "authorizedKeys[" + i + "]", account.authorizedKeys().get(i));
        }
        checkMounts(key, account.mounts());
    }

    /** That somebody could log in, without a certificate. */
    void checkProof(String key, GatewaySettings.Account account) {
        if (account.password() == null
                && account.passwordHash() == null
                && account.authorizedKeys().isEmpty()) {
            problem(
                    key + "password",
                    null,
                    "is required, or passwordHash or authorizedKeys: account '" + account.name()
                            + "' could never log in");
        }
    }

    private void checkKey(String key, String line) {
        try {
            SshKeys.parsePublic(line);
        } catch (IllegalArgumentException e) {
            problem(key, line, String.valueOf(e.getMessage()));
        }
    }

    private void checkName(String key, @Nullable String name, NameRule rule) {
        if (name != null && !rule.accepts(name)) {
            problem(key, name, "must be " + rule.expected());
        }
    }

    private void checkMounts(String accountKey, List<GatewaySettings.Mount> mounts) {
        Set<VirtualPath> paths = new HashSet<>();
        for (int i = 0; i < mounts.size(); i++) {
            GatewaySettings.Mount mount = mounts.get(i);
            String key = accountKey + "mounts[" + i + "].";
            if (mount.bucket() == null && bucket == null) {
                problem(key + "bucket", null, "is required when s3.bucket is not set");
            }
            checkName(key + "bucket", mount.bucket(), NameRule.BUCKET);
            String prefix = mount.prefix();
            if (prefix != null && (!prefix.endsWith("/") || prefix.startsWith("/"))) {
                problem(key + "prefix", prefix, "must end with '/' and not start with it");
            }
            try {
                VirtualPath path = VirtualPath.parse(mount.path());
                if (!mount.path().startsWith("/") || !path.toString().equals(mount.path())) {
                    problem(key + "path", mount.path(), "must be absolute and normalised, such as " + path);
                } else if (!paths.add(path)) {
                    problem(key + "path", mount.path(), "is mounted twice");
                }
            } catch (VfsException e) {
                problem(key + "path", mount.path(), String.valueOf(e.getMessage()));
            }
        }
    }
}
