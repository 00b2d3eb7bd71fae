package dev.slipway.core.account;

import dev.slipway.core.FieldProblem;
import dev.slipway.core.InvalidFieldsException;
import dev.slipway.core.NameRule;
import dev.slipway.core.Protocol;
import dev.slipway.core.VirtualPath;
import dev.slipway.core.unit.CountLimit;
import dev.slipway.core.unit.SizeLimit;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * An account, as somebody specifies it: in the configuration, in JSON or by the options of a command. What is null has its
 * default. Nothing is checked before {@link #problems} or one of the methods that return an {@link AccountEntry}.
 *
 * <p>Passwords and keys are no part of it.
 *
 * @param name the login name
 * @param mounts what the account sees. Default: the whole default bucket at {@code /}
 * @param permissions what it may do there. Default: everything
 * @param options additional rights and services. Default: none
 * @param maxSessions the most concurrent sessions, over all protocols. Default: any number
 * @param resume what happens to its interrupted uploads. Default: {@link ResumePolicy#STAT}
 * @param quotaBytes the most bytes below its writable mounts. Default: that of the gateway
 * @param quotaFiles the most files there. Default: that of the gateway
 * @param uploadRate bytes per second, of all its uploads together. Default: that of the gateway
 * @param downloadRate bytes per second, of all its downloads together. Default: that of the gateway
 * @param remotes the names of the remotes to which it may send files. Default: none
 * @param protocols the allowed protocols. Default: all
 * @param networks the networks from which it may log in. Default: any
 * @param principals the principals whose SSH certificates may log in. Default: the account's name
 * @param expires the expiry date, from which logins are refused. Default: never
 * @param enabled whether it may log in. Default: yes
 */
public record AccountDefinition(
        String name,
        @Nullable List<MountDefinition> mounts,
        @Nullable Set<Permission> permissions,
        @Nullable Set<AccountOption> options,
        @Nullable Integer maxSessions,
        @Nullable ResumePolicy resume,
        @Nullable SizeLimit quotaBytes,
        @Nullable CountLimit quotaFiles,
        @Nullable SizeLimit uploadRate,
        @Nullable SizeLimit downloadRate,
        @Nullable List<String> remotes,
        @Nullable Set<Protocol> protocols,
        @Nullable List<Network> networks,
        @Nullable List<String> principals,
        @Nullable Instant expires,
        @Nullable Boolean enabled) {
    /** The highest number of sessions that is accepted. */
    public static final int MOST_SESSIONS = 999_999_999;

    /** An account of this name with all defaults. */
    public static AccountDefinition named(String name) {
        return new AccountDefinition(
                name, null, null, null, null, null, null, null, null, null, null, null, null, null, null, null);
    }

    /** The definition of an account as it is now. */
    public static AccountDefinition of(AccountEntry entry) {
        Account account = entry.account();
        AccountLimits limits = account.limits();
        return new AccountDefinition(
                account.name(),
                account.mounts().stream().map(MountDefinition::of).toList(),
                account.permissions(),
                account.options(),
                account.maxSessions() == Account.UNLIMITED ? null : (Integer) account.maxSessions(),
                account.resume(),
                size(limits.quotaBytes()),
                limits.quotaFiles() == AccountLimits.BY_DEFAULT ? null : new CountLimit(limits.quotaFiles()),
                size(limits.uploadRate()),
                size(limits.downloadRate()),
                List.copyOf(account.remotes()),
                entry.protocols(),
                entry.networks(),
                List.copyOf(entry.principals()),
                entry.expires(),
                entry.enabled());
    }

    private static @Nullable SizeLimit size(long limit) {
        return limit == AccountLimits.BY_DEFAULT ? null : new SizeLimit(limit);
    }

    /**
     * Every problem; empty if there is none.
     *
     * @param defaultBucket the bucket of mounts that name none; null if there is none
     */
    public List<FieldProblem> problems(@Nullable String defaultBucket) {
        List<FieldProblem> problems = new ArrayList<>();
        if (!NameRule.ACCOUNT.accepts(name)) {
            problems.add(new FieldProblem("name", "'" + name + "' is not valid", NameRule.ACCOUNT.expected()));
        }
        checkMounts(defaultBucket, problems);
        if (maxSessions != null && (maxSessions < 1 || maxSessions > MOST_SESSIONS)) {
            problems.add(new FieldProblem(
                    "maxSessions", "it is " + maxSessions, "a whole number from 1 to " + MOST_SESSIONS));
        }
        if (protocols != null && protocols.isEmpty()) {
            problems.add(new FieldProblem("protocols", "there is none", "at least one of ftps, sftp, http"));
        }
        for (int i = 0; remotes != null && i < remotes.size(); i++) {
            if (!NameRule.REMOTE.accepts(remotes.get(i))) {
                problems.add(new FieldProblem(
                        "remotes[" + i + "]",
                        "'" + remotes.get(i) + "' is not a valid remote name",
                        NameRule.REMOTE.expected()));
            }
        }
        for (int i = 0; principals != null && i < principals.size(); i++) {
            if (principals.get(i).isBlank() || principals.get(i).contains(",")) {
                problems.add(new FieldProblem(
                        "principals[" + i + "]", "'" + principals.get(i) + "' is empty or has a comma", "a name"));
            }
        }
        return problems;
    }

    /** Every problem that the account did not have before: earlier versions may have allowed what it has. */
    public List<FieldProblem> problems(AccountEntry before, @Nullable String defaultBucket) {
        List<FieldProblem> problems = problems(defaultBucket);
        problems.removeAll(of(before).problems(defaultBucket));
        return problems;
    }

    private void checkMounts(@Nullable String defaultBucket, List<FieldProblem> problems) {
        if (mounts == null) {
            if (defaultBucket == null) {
                problems.add(new FieldProblem(
                        "mounts", "it is missing, and the configuration has no s3.bucket", "at least one mount"));
            }
            return;
        }
        if (mounts.isEmpty()) {
            problems.add(new FieldProblem("mounts", "there is none", "at least one mount"));
        }
        Set<VirtualPath> paths = new HashSet<>();
        for (int i = 0; i < mounts.size(); i++) {
            mounts.get(i).check("mounts[" + i + "].", defaultBucket, paths, problems);
        }
    }

    /**
     * A new account.
     *
     * @param password null if it cannot log in with a password
     * @param keys keys for logins over SSH
     * @param defaultBucket see {@link #problems}
     * @throws InvalidFieldsException there are problems
     */
    public AccountEntry entry(
            @Nullable PasswordHash password, List<AuthorizedKey> keys, @Nullable String defaultBucket) {
        InvalidFieldsException.throwIfAny(problems(defaultBucket));
        return unchecked(password, keys, defaultBucket);
    }

    /**
     * An existing account, changed to this definition. It keeps its password and keys.
     *
     * @param defaultBucket see {@link #problems}
     * @throws InvalidFieldsException there are new problems
     */
    public AccountEntry entry(AccountEntry before, @Nullable String defaultBucket) {
        InvalidFieldsException.throwIfAny(problems(before, defaultBucket));
        return unchecked(before.password(), before.keys(), defaultBucket);
    }

    private AccountEntry unchecked(
            @Nullable PasswordHash password, List<AuthorizedKey> keys, @Nullable String defaultBucket) {
        List<MountDefinition> all =
                mounts == null ? List.of(new MountDefinition("/", null, null, false)) : List.copyOf(mounts);
        return new AccountEntry(
                new Account(
                        name,
                        all.stream().map(mount -> mount.mount(defaultBucket)).toList(),
                        permissions == null ? EnumSet.allOf(Permission.class) : permissions,
                        options == null ? Set.of() : options,
                        maxSessions == null ? Account.UNLIMITED : maxSessions,
                        Objects.requireNonNullElse(resume, ResumePolicy.STAT),
                        new AccountLimits(
                                bytes(quotaBytes),
                                quotaFiles == null ? AccountLimits.BY_DEFAULT : quotaFiles.count(),
                                bytes(uploadRate),
                                bytes(downloadRate)),
                        remotes == null ? Set.of() : Set.copyOf(remotes)),
                password,
                keys,
                enabled == null || enabled,
                expires == null ? null : expires.truncatedTo(ChronoUnit.SECONDS),
                protocols == null ? EnumSet.allOf(Protocol.class) : protocols,
                networks == null ? List.of() : networks,
                principals == null ? Set.of() : Set.copyOf(principals));
    }

    private static long bytes(@Nullable SizeLimit limit) {
        return limit == null ? AccountLimits.BY_DEFAULT : limit.bytes();
    }
}
