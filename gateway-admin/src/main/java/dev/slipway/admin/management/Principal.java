package dev.slipway.admin.management;

import dev.slipway.admin.management.ManagementException.Reason;
import dev.slipway.core.account.Role;
import dev.slipway.core.account.TokenOwner;
import dev.slipway.transfer.json.JsonWords;
import dev.slipway.transfer.push.Authority;
import org.jspecify.annotations.Nullable;

/**
 * Who asks for something, with the rights of that moment.
 *
 * @param name what its jobs are submitted by
 * @param role what it may do; null for an account that only pushes its own files and sees its own jobs
 * @param authority on whose behalf it pushes files
 * @param tokenOwner the owner of tokens that it adds; null if they have none
 */
public record Principal(
        String name,
        @Nullable Role role,
        Authority authority,
        @Nullable TokenOwner tokenOwner) {
    /** A user of the gateway's own machine, or the program that embeds it: may do everything. */
    public static final Principal LOCAL =
            new Principal("command line", Role.ADMIN, new Authority.Administrator(), null);

    /** An account with the option {@code admin}: may do everything, with its own rights at remotes. */
    public static Principal administrator(String account, @Nullable TokenOwner owner) {
        return new Principal(account, Role.ADMIN, new Authority.OfAccount(account), owner);
    }

    /** An account with the option {@code push}, as far as its own files and jobs are concerned. */
    public static Principal account(String name) {
        return new Principal(name, null, new Authority.OfAccount(name), null);
    }

    /**
     * The holder of a token.
     *
     * @param owner the owner of the token itself
     */
    public static Principal token(String name, Role role, @Nullable TokenOwner owner) {
        return new Principal(
                "token " + name,
                role,
                role == Role.ADMIN ? new Authority.Administrator() : new Authority.Operator(),
                owner);
    }

    /** Whether it is an account, and not a token or a user of the gateway's own machine. */
    public boolean isAccount() {
        return authority instanceof Authority.OfAccount;
    }

    /**
     * Whether it is limited to its own files and jobs. What such an account may do with them is no question of {@link
     * Right}s.
     */
    boolean hasOwnOnly() {
        return role == null;
    }

    /**
     * Fails if it has not a right.
     *
     * @throws ManagementException {@link Reason#FORBIDDEN}
     */
    public void require(Right right) throws ManagementException {
        if (role == null || !role.covers(right.role())) {
            throw new ManagementException(
                    Reason.FORBIDDEN,
                    "this requires the role " + JsonWords.of(right.role()) + "; " + name + " has "
                            + (role == null ? "none" : JsonWords.of(role)));
        }
    }
}
