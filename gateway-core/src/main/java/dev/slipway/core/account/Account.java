package dev.slipway.core.account;

import java.util.List;
import java.util.Set;

/**
 * An account, without its credentials.
 *
 * @param name the login name
 * @param mounts what the account sees, at least one
 * @param permissions what it may do there
 * @param options additional rights and services
 * @param maxSessions how many sessions it may have at once, over all protocols together, at least 1
 * @param resume what happens to its interrupted uploads
 * @param limits how much it may store, and how fast it may transfer
 * @param remotes the names of the remotes to which it may send files, with the option {@code push}
 */
public record Account(
        String name,
        List<Mount> mounts,
        Set<Permission> permissions,
        Set<AccountOption> options,
        int maxSessions,
        ResumePolicy resume,
        AccountLimits limits,
        Set<String> remotes) {
    /** No session limit. */
    public static final int UNLIMITED = Integer.MAX_VALUE;

    public Account {
        if (name.isBlank()) {
            throw new IllegalArgumentException("an account's name must not be blank");
        }
        if (mounts.isEmpty()) {
            throw new IllegalArgumentException("account " + name + ": at least one mount is needed");
        }
        if (maxSessions < 1) {
            throw new IllegalArgumentException("account " + name + ": at least one session must be allowed");
        }
        mounts = List.copyOf(mounts);
        permissions = Set.copyOf(permissions);
        options = Set.copyOf(options);
        remotes = Set.copyOf(remotes);
    }

    /** An account that may not send files to remotes. */
    public Account(
            String name,
            List<Mount> mounts,
            Set<Permission> permissions,
            Set<AccountOption> options,
            int maxSessions,
            ResumePolicy resume,
            AccountLimits limits) {
        this(name, mounts, permissions, options, maxSessions, resume, limits, Set.of());
    }

    /** An account with the gateway's default limits. */
    public Account(
            String name,
            List<Mount> mounts,
            Set<Permission> permissions,
            Set<AccountOption> options,
            int maxSessions,
            ResumePolicy resume) {
        this(name, mounts, permissions, options, maxSessions, resume, AccountLimits.DEFAULT);
    }

    /** As above, for an account that cannot resume interrupted uploads. */
    public Account(
            String name, List<Mount> mounts, Set<Permission> permissions, Set<AccountOption> options, int maxSessions) {
        this(name, mounts, permissions, options, maxSessions, ResumePolicy.OFF);
    }

    /** As above, without options and with any number of sessions. */
    public Account(String name, List<Mount> mounts, Set<Permission> permissions) {
        this(name, mounts, permissions, Set.of(), UNLIMITED);
    }

    /** The same account with another resume policy. */
    public Account withResume(ResumePolicy value) {
        return new Account(name, mounts, permissions, options, maxSessions, value, limits, remotes);
    }

    /** The same account with other limits. */
    public Account withLimits(AccountLimits value) {
        return new Account(name, mounts, permissions, options, maxSessions, resume, value, remotes);
    }

    /** The same account with other remotes. */
    public Account withRemotes(Set<String> value) {
        return new Account(name, mounts, permissions, options, maxSessions, resume, limits, value);
    }

    /** Whether the account has an option. */
    public boolean has(AccountOption option) {
        return options.contains(option);
    }
}
