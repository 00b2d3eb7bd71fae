package dev.slipway.core.account;

import dev.slipway.core.setting.CheckedSettings;
import dev.slipway.core.setting.Problems;
import dev.slipway.core.setting.Setting;
import dev.slipway.core.setting.SettingsBuilder;
import dev.slipway.core.setting.Values;
import java.time.Duration;

/** How failed logins are answered: the section {@code logins} of the configuration. */
public record LoginLimits(
        @Setting(
                value = "Failed logins allowed per address (IPv6: per /64 network). When they are used up, logins"
                        + " from there are refused, except for accounts that have logged in from there"
                        + " recently.",
                byDefault = "20",
                least = 1)
        int failuresPerAddress,

        @Setting(
                value = "Failed logins of an account from one address after which its logins from there are"
                        + " refused for a while.",
                byDefault = "5",
                least = 1)
        int failuresPerAccount,

        @Setting(
                value = "Time after which failed logins are forgotten: those of an address one by one, evenly"
                        + " spread; those of an account together, if there was no further failure.",
                byDefault = "10m")
        Duration forgetAfter,

        @Setting(value = "Duration of an account's first refusal. Each further failure doubles it.", byDefault = "1s")
        Duration firstRefusal,

        @Setting(value = "Maximum duration of a refusal.", byDefault = "15m")
        Duration longestRefusal,

        @Setting(
                value = "How long an account that has logged in from an address may still log in when that address"
                        + " has used up its failed logins.",
                byDefault = "1d")
        Duration trustedFor,

        @Setting(
                value = "How long a verified password is accepted without hashing it again. A change of the"
                        + " account ends this.",
                byDefault = "5m")
        Duration verifiedFor,

        @Setting(
                value = "Maximum number of passwords that are being checked or wait for it; further logins fail."
                        + " Two are checked at a time.",
                byDefault = "100",
                least = 1)
        int maxChecks)
        implements CheckedSettings {
    /** The limits of a gateway that sets none. */
    public static final LoginLimits DEFAULTS = builder().build();

    /** The most addresses, accounts at addresses, and verified logins that are stored, of each. */
    static final int REMEMBERED = 10_000;

    /** Starts from the defaults. */
    public static SettingsBuilder<LoginLimits> builder() {
        return new SettingsBuilder<>(LoginLimits.class);
    }

    @Override
    public void check(Problems problems) {
        if (longestRefusal.compareTo(firstRefusal) < 0) {
            problems.add(
                    "longestRefusal",
                    longestRefusal,
                    "must not be shorter than logins.firstRefusal, " + Values.show(firstRefusal));
        }
    }
}
