package dev.slipway.core.account;

import java.time.Duration;

/**
 * How failed logins are throttled.
 *
 * @param failuresPerAddress how many failures an address (of IPv6: a /64 network) may have before its logins are
 *     refused, except those of accounts that are trusted there; at least 1
 * @param failuresPerAccount how many failures an account may have from one address before its logins from there are
 *     refused, for a time that doubles with each further failure; at least 1
 * @param forgetAfter the time in which all failures of an address expire, evenly one by one, and after which those of
 *     an account from an address expire if no other follows
 * @param firstRefusal how long an account's first refusal lasts
 * @param longestRefusal the longest such refusal
 * @param trustedFor how long an account is trusted at an address from which it has logged in
 * @param verifiedFor how long a correct password is accepted again without hashing it
 * @param maxChecks how many passwords may be checked or wait for a check at once, at least 1; further logins fail
 * @param remembered the most addresses, accounts at addresses, and verified logins that are stored, of each, at least 1
 */
public record LoginLimits(
        int failuresPerAddress,
        int failuresPerAccount,
        Duration forgetAfter,
        Duration firstRefusal,
        Duration longestRefusal,
        Duration trustedFor,
        Duration verifiedFor,
        int maxChecks,
        int remembered) {
    /**
     * 20 failures for each address, expiring within 10 minutes; 5 for each account and address, expiring after 10
     * minutes without a failure; refusals of 1, 2, 4 … seconds up to 15 minutes; trusted for a day; verified for 5
     * minutes; 100 checks.
     */
    public static final LoginLimits DEFAULTS = new LoginLimits(
            20,
            5,
            Duration.ofMinutes(10),
            Duration.ofSeconds(1),
            Duration.ofMinutes(15),
            Duration.ofDays(1),
            Duration.ofMinutes(5),
            100,
            10_000);

    public LoginLimits {
        if (failuresPerAddress < 1 || failuresPerAccount < 1 || maxChecks < 1 || remembered < 1) {
            throw new IllegalArgumentException("the numbers of login limits must be at least 1");
        }
        if (firstRefusal.isNegative() || longestRefusal.compareTo(firstRefusal) < 0) {
            throw new IllegalArgumentException("the longest refusal must not be shorter than the first");
        }
    }
}
