package dev.slipway.core.account;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Slows down password guessing. Each address has a budget of failures, which regenerates over time. Each account has a
 * back-off for each address, so that nobody can lock an account out for others. An account that recently logged in from
 * an address is trusted there: its logins neither need nor use the address's budget.
 *
 * <p>Failures of unknown names only use the budget of the address, and are not stored. Entries are removed when they no
 * longer have an effect, and never earlier, however many there are. Thread-safe.
 */
final class FailedLogins {
    private static final Logger log = LoggerFactory.getLogger(FailedLogins.class);

    /**
     * From how many addresses an account is trusted, so that an attacker with an account cannot evict other accounts'
     * addresses.
     */
    private static final int TRUSTED_ADDRESSES = 100;

    private record Login(String account, Network client) {}

    /** Attempts in progress, and failures. Accessed with the lock held. */
    private abstract static sealed class Count implements InForce.Entry {
        final int limit;
        int failures;
        int underWay;

        Count(int limit) {
            this.limit = limit;
        }

        /** Concurrent attempts must not exceed those that would be allowed one after the other. */
        boolean mustWait() {
            return underWay > 0 && failures + underWay >= limit;
        }
    }

    /** The failures of an address, which expire one by one. */
    private final class Budget extends Count {
        private final String whose;
        private Instant countedAt = Instant.MIN;

        Budget(String whose) {
            super(limits.failuresPerAddress());
            this.whose = whose;
        }

        private void forget(Instant now) {
            Duration each = limits.forgetAfter().dividedBy(limit);
            if (failures == 0) {
                return;
            }
            long forgotten =
                    each.isZero() ? failures : Duration.between(countedAt, now).dividedBy(each);
            if (forgotten >= failures) {
                failures = 0;
            } else if (forgotten > 0) {
                failures -= (int) forgotten;
                countedAt = countedAt.plus(each.multipliedBy(forgotten));
            }
        }

        boolean isRefused(Instant now) {
            forget(now);
            return failures >= limit;
        }

        void fail(Instant now) {
            forget(now);
            if (failures++ == 0) {
                countedAt = now;
            }
            if (failures == limit) {
                log.warn(
                        "{} failed logins from {}: logins from there are refused until some failures expire, except"
                                + " for accounts that have logged in from there",
                        failures,
                        whose);
            }
        }

        @Override
        public boolean isOver(Instant now) {
            forget(now);
            return failures == 0 && underWay == 0;
        }
    }

    /** The failures of an account from one address. */
    private final class BackOff extends Count {
        private final Login login;
        private Instant refusedUntil = Instant.MIN;
        private Instant forgottenAt = Instant.MIN;

        BackOff(Login login) {
            super(limits.failuresPerAccount());
            this.login = login;
        }

        boolean isRefused(Instant now) {
            if (!now.isBefore(forgottenAt)) {
                failures = 0;
            }
            return now.isBefore(refusedUntil);
        }

        void fail(Instant now) {
            failures++;
            forgottenAt = now.plus(limits.forgetAfter());
            if (failures >= limit) {
                Duration refusal = refusal(failures - limit);
                refusedUntil = now.plus(refusal);
                forgottenAt = refusedUntil.plus(limits.forgetAfter());
                log.warn(
                        "{} failed logins of '{}' from {}: refused for {} s",
                        failures,
                        login.account(),
                        login.client(),
                        refusal.toSeconds());
            }
        }

        void succeed() {
            failures = 0;
            refusedUntil = Instant.MIN;
            forgottenAt = Instant.MIN;
        }

        @Override
        public boolean isOver(Instant now) {
            return underWay == 0 && !now.isBefore(forgottenAt);
        }
    }

    /** Whether a login may be attempted. */
    sealed interface Decision permits Attempt, Refusal {}

    /** The login is refused. */
    record Refusal(ThrottledLogin reason) implements Decision {}

    /** An attempt that may be made. To be ended once, by one of its methods. */
    final class Attempt implements Decision {
        private final Login login;
        private final @Nullable Budget budget;
        private final @Nullable BackOff backOff;

        private Attempt(Login login, @Nullable Budget budget, @Nullable BackOff backOff) {
            this.login = login;
            this.budget = budget;
            this.backOff = backOff;
            count(1);
        }

        private void count(int change) {
            if (budget != null) {
                budget.underWay += change;
            }
            if (backOff != null) {
                backOff.underWay += change;
            }
        }

        /** The password was correct. Clears only the account's failures from this address. */
        void succeed() {
            synchronized (FailedLogins.this) {
                count(-1);
                if (backOff != null) {
                    backOff.succeed();
                    if (backOff.underWay == 0) {
                        accounts.remove(login, backOff);
                    }
                }
                trusted.computeIfAbsent(login.account(), _ -> new RecentlyUsed<>(TRUSTED_ADDRESSES))
                        .put(login.client(), clock.instant());
                FailedLogins.this.notifyAll();
            }
        }

        /** The password was wrong, or the login was refused for another reason. */
        void fail() {
            synchronized (FailedLogins.this) {
                count(-1);
                Instant now = clock.instant();
                if (budget != null) {
                    budget.fail(now);
                }
                if (backOff != null) {
                    backOff.fail(now);
                }
                FailedLogins.this.notifyAll();
            }
        }

        /** The attempt was not made. */
        void abandon() {
            synchronized (FailedLogins.this) {
                count(-1);
                FailedLogins.this.notifyAll();
            }
        }
    }

    private final LoginLimits limits;
    private final Clock clock;

    @GuardedBy("this")
    private final InForce<Network, Budget> addresses;

    @GuardedBy("this")
    private final InForce<Login, BackOff> accounts;

    /** Budgets of addresses for which {@link #addresses} has no space, by a hash that outsiders cannot compute. */
    @GuardedBy("this")
    private final Map<Integer, Budget> shared = new HashMap<>();

    private final byte[] seed = new byte[16];

    @GuardedBy("this")
    private final Map<String, Map<Network, Instant>> trusted = new HashMap<>();

    FailedLogins(LoginLimits limits, Clock clock) {
        this.limits = limits;
        this.clock = clock;
        addresses = new InForce<>(LoginLimits.REMEMBERED);
        accounts = new InForce<>(LoginLimits.REMEMBERED);
        new SecureRandom().nextBytes(seed);
    }

    /**
     * Decides on a login. Blocks while as many attempts of the same address or account are in progress as may fail.
     *
     * @param exists whether there is an account of that name
     */
    synchronized Decision begin(String name, boolean exists, InetAddress client) {
        Network network = Network.ofClient(client);
        Login login = new Login(exists ? name : "", network);
        boolean interrupted = false;
        try {
            while (true) {
                Instant now = clock.instant();
                // If there are too many entries to count this account separately, only the address's budget applies.
                BackOff backOff = exists ? accounts.get(login, () -> new BackOff(login), now) : null;
                Budget budget = backOff != null && isTrusted(login, now) ? null : budget(network, now);
                if (backOff != null && backOff.isRefused(now)) {
                    return new Refusal(ThrottledLogin.ACCOUNT);
                }
                if (budget != null && budget.isRefused(now)) {
                    return new Refusal(ThrottledLogin.ADDRESS);
                }
                if ((backOff == null || !backOff.mustWait()) && (budget == null || !budget.mustWait())) {
                    return new Attempt(login, budget, backOff);
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

    @GuardedBy("this")
    private Budget budget(Network client, Instant now) {
        Budget own = addresses.get(client, () -> new Budget(client.toString()), now);
        return own == null ? shared.computeIfAbsent(bucket(client), _ -> new Budget("several addresses")) : own;
    }

    private int bucket(Network client) {
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            digest.update(seed);
            return Byte.toUnsignedInt(digest.digest(client.toString().getBytes(StandardCharsets.US_ASCII))[0]);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }

    @GuardedBy("this")
    private boolean isTrusted(Login login, Instant now) {
        Map<Network, Instant> clients = trusted.get(login.account());
        Instant last = clients == null ? null : clients.get(login.client());
        return last != null && now.isBefore(last.plus(limits.trustedFor()));
    }

    /** Removes the trusted addresses of accounts that no longer exist. */
    synchronized void retain(Set<String> existing) {
        trusted.keySet().retainAll(existing);
    }

    private Duration refusal(int beyond) {
        Duration refusal = limits.firstRefusal();
        for (int i = 0; i < beyond && refusal.compareTo(limits.longestRefusal()) < 0; i++) {
            refusal = refusal.multipliedBy(2);
        }
        return refusal.compareTo(limits.longestRefusal()) < 0 ? refusal : limits.longestRefusal();
    }
}
