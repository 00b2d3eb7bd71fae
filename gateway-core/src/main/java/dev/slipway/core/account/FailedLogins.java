package dev.slipway.core.account;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Slows down those who guess passwords. Counts failures by address and by name, whether or not there is an account of
 * that name. Safe for use by several threads.
 *
 * <p>From an address from which an account has logged in lately, that account's own count does not matter, and is not
 * changed: otherwise anybody could lock anybody out, and the owner's own logins would clear the way for a guesser.
 */
final class FailedLogins {
    private static final Logger log = LoggerFactory.getLogger(FailedLogins.class);

    /** No account has a longer name, or else they share one count. */
    private static final int LONGEST_NAME = 256;

    /** An IPv6 customer has at least this much of an address. */
    private static final int IPV6_PREFIX_BYTES = 8;

    private record Login(String name, String address) {}

    /** The failures of an address or of a name. */
    private static final class Count {
        private final int limit;
        private int failures;
        private int underWay;
        private Instant refusedUntil = Instant.MIN;
        private Instant forgottenAt = Instant.MAX;

        Count(int limit) {
            this.limit = limit;
        }

        boolean isRefused(Instant now) {
            return now.isBefore(refusedUntil);
        }

        /** Attempts at the same time must not be more than there may be one after the other. */
        boolean mustWait() {
            return underWay > 0 && failures + underWay >= limit;
        }

        void forgetIfOld(Instant now) {
            if (!now.isBefore(forgottenAt)) {
                reset();
            }
        }

        void reset() {
            failures = 0;
            refusedUntil = Instant.MIN;
            forgottenAt = Instant.MAX;
        }
    }

    /** An attempt that may be made. To be ended once, with {@link #end}. */
    final class Attempt {
        private final Login login;
        private final Count address;
        private final @Nullable Count name;

        private Attempt(Login login, Count address, @Nullable Count name) {
            this.login = login;
            this.address = address;
            this.name = name;
            address.underWay++;
            if (name != null) {
                name.underWay++;
            }
        }

        void end(boolean success) {
            FailedLogins.this.end(this, success);
        }
    }

    private final LoginLimits limits;
    private final Clock clock;
    private final Map<String, Count> addresses;
    private final Map<String, Count> names;
    private final Map<Login, Instant> trusted;

    FailedLogins(LoginLimits limits, Clock clock) {
        this.limits = limits;
        this.clock = clock;
        addresses = new RecentlyUsed<>(limits.remembered());
        names = new RecentlyUsed<>(limits.remembered());
        trusted = new RecentlyUsed<>(limits.remembered());
    }

    /**
     * Begins an attempt. Blocks while as many are under way as may fail.
     *
     * @return null if it is refused
     */
    synchronized @Nullable Attempt begin(String name, InetAddress client) {
        Login login = new Login(name.length() <= LONGEST_NAME ? name : "", network(client));
        boolean interrupted = false;
        try {
            while (true) {
                Instant now = clock.instant();
                Count address = addresses.computeIfAbsent(login.address(), _ -> new Count(limits.failuresPerAddress()));
                Count account = isTrusted(login, now)
                        ? null
                        : names.computeIfAbsent(login.name(), _ -> new Count(limits.failuresPerAccount()));
                address.forgetIfOld(now);
                if (account != null) {
                    account.forgetIfOld(now);
                }
                if (address.isRefused(now) || (account != null && account.isRefused(now))) {
                    return null;
                }
                if (!address.mustWait() && (account == null || !account.mustWait())) {
                    return new Attempt(login, address, account);
                }
                try {
                    wait();
                } catch (InterruptedException e) {
                    interrupted = true;
                }
            }
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private boolean isTrusted(Login login, Instant now) {
        Instant last = trusted.get(login);
        return last != null && now.isBefore(last.plus(limits.trustedFor()));
    }

    private synchronized void end(Attempt attempt, boolean success) {
        Instant now = clock.instant();
        end(attempt.address, success, now, "from the address " + attempt.login.address());
        if (attempt.name != null) {
            end(attempt.name, success, now, "to the account '" + printable(attempt.login.name()) + "'");
        }
        if (success) {
            trusted.put(attempt.login, now);
        }
        notifyAll();
    }

    private void end(Count count, boolean success, Instant now, String which) {
        count.underWay--;
        if (success) {
            count.reset();
            return;
        }
        count.failures++;
        count.forgottenAt = now.plus(limits.forgetAfter());
        if (count.failures >= count.limit) {
            Duration refusal = refusal(count.failures - count.limit);
            count.refusedUntil = now.plus(refusal);
            count.forgottenAt = count.refusedUntil.plus(limits.forgetAfter());
            log.warn(
                    "{} failed logins {}: further ones are refused for {} s",
                    count.failures,
                    which,
                    refusal.toSeconds());
        }
    }

    private Duration refusal(int beyond) {
        Duration refusal = limits.firstRefusal();
        for (int i = 0; i < beyond && refusal.compareTo(limits.longestRefusal()) < 0; i++) {
            refusal = refusal.multipliedBy(2);
        }
        return refusal.compareTo(limits.longestRefusal()) < 0 ? refusal : limits.longestRefusal();
    }

    private static String network(InetAddress client) {
        byte[] bytes = client.getAddress();
        if (bytes.length == 4) {
            return client.getHostAddress();
        }
        Arrays.fill(bytes, IPV6_PREFIX_BYTES, bytes.length, (byte) 0);
        try {
            return InetAddress.getByAddress(bytes).getHostAddress() + "/" + IPV6_PREFIX_BYTES * 8;
        } catch (UnknownHostException e) {
            throw new IllegalStateException("16 bytes are an address", e);
        }
    }

    /** What others have made up must not forge a line of the log. */
    private static String printable(String name) {
        return name.replaceAll("[^\\p{Graph} ]", "?");
    }
}
