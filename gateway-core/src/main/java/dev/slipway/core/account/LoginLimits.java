package dev.slipway.core.account;

import java.time.Duration;

/**
 * How failed logins are answered.
 *
 * @param failuresPerAddress how many failures an address (of IPv6: a /64 network) may have before its logins are refused,
 *     those of accounts that are trusted there excepted; at least 1
 * @param failuresPerAccount how many failures an account may have from one address before its logins from there are
 *     refused, for a time that doubles with each further failure; at least 1
 * @param forgetAfter after how long all failures of an address are forgotten, evenly one by one, and those of an account
 *     from an address, when none has come for this long
 * @param firstRefusal how long an account's first refusal lasts
 * @param longestRefusal the longest such refusal
 * @param trustedFor for how long an account is trusted at an address from which it has logged in
 * @param verifiedFor for how long a password that was right is known again without hashing it
 * @param maxChecks how many passwords are checked or wait for that at once, at least 1; further logins fail
 * @param remembered how many addresses, accounts at addresses, and verified logins are remembered at most, of each, at
 *     least 1
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
     * 20 for each address, forgotten within 10 minutes; 5 for each account and address, forgotten after 10 quiet minutes;
     * 1 second, 2, 4 … 15 minutes; a day; 5 minutes; 100 checks.
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
