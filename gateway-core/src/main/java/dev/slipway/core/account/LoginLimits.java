package dev.slipway.core.account;

import java.time.Duration;

/**
 * How failed logins are answered. After too many of them, further attempts are refused unseen for a time that doubles
 * with each further failure.
 *
 * @param failuresPerAddress how many failures an address (of IPv6: a /64 network) has before it is refused, at least 1
 * @param failuresPerAccount how many failures a name has, from all addresses together, before it is refused, at least 1
 * @param forgetAfter failures are forgotten when none has come for this long
 * @param firstRefusal how long the first refusal lasts
 * @param longestRefusal the longest refusal
 * @param trustedFor for how long an address from which an account has logged in is not shut out by what others do to
 *     that account
 * @param verifiedFor for how long a password that was right is known again without hashing it
 * @param remembered how many addresses, names, and verified logins are remembered at most, of each, at least 1; the one
 *     that was used the longest time ago is forgotten first
 */
public record LoginLimits(
        int failuresPerAddress,
        int failuresPerAccount,
        Duration forgetAfter,
        Duration firstRefusal,
        Duration longestRefusal,
        Duration trustedFor,
        Duration verifiedFor,
        int remembered) {
    /** 5 for each address, 10 for each account, forgotten after 10 minutes; 1 second, 2, 4 … 15 minutes; a day; 5 minutes. */
    public static final LoginLimits DEFAULTS = new LoginLimits(
            5,
            10,
            Duration.ofMinutes(10),
            Duration.ofSeconds(1),
            Duration.ofMinutes(15),
            Duration.ofDays(1),
            Duration.ofMinutes(5),
            10_000);

    public LoginLimits {
        if (failuresPerAddress < 1 || failuresPerAccount < 1 || remembered < 1) {
            throw new IllegalArgumentException("the numbers of login limits must be at least 1");
        }
        if (firstRefusal.isNegative() || longestRefusal.compareTo(firstRefusal) < 0) {
            throw new IllegalArgumentException("the longest refusal must not be shorter than the first");
        }
    }
}
