package dev.slipway.core.account;

import java.net.InetAddress;
import java.time.Clock;
import java.util.EnumMap;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.BooleanSupplier;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Logins with passwords. A failed one takes equally long whatever the reason, and failures are throttled (see {@link
 * LoginLimits}). Safe for use by several threads.
 */
final class PasswordLogins {
    private static final Logger log = LoggerFactory.getLogger(PasswordLogins.class);

    private final AccountEntries entries;
    private final ExternalAccounts external;
    private final FailedLogins failures;
    private final VerifiedPasswords verified;
    private final FailureTime failureTime;

    /** One permit for each password that is checked or waits for a check. */
    private final Semaphore checks;

    private final Map<ThrottledLogin, LongAdder> throttled = new EnumMap<>(ThrottledLogin.class);

    /** Compared with if there is no password to compare with, so that the answer takes as long. */
    private final PasswordHash nobody = PasswordHash.of(new char[] {'n'});

    /** Blocks for a password hash, to measure how long one takes. */
    PasswordLogins(
            AccountEntries entries,
            ExternalAccounts external,
            LoginLimits limits,
            Clock clock,
            FailedLogins failures,
            FailureTime failureTime) {
        this.entries = entries;
        this.external = external;
        this.failures = failures;
        this.verified = new VerifiedPasswords(limits, clock);
        this.failureTime = failureTime;
        this.checks = new Semaphore(limits.maxChecks());
        for (ThrottledLogin reason : ThrottledLogin.values()) {
            throttled.put(reason, new LongAdder());
        }
        var _ = failureTime.begin().check(nobody.cost(), () -> nobody.matches(new char[0]));
    }

    /**
     * Checks a password. Blocks for the time of a hash, or longer.
     *
     * @param admits whether an account may log in at all
     * @return empty if the password is wrong, or the account may not log in or is throttled
     */
    Optional<AccountEntry> authenticate(
            String name, char[] password, InetAddress client, Predicate<AccountEntry> admits) {
        FailureTime.Login login = failureTime.begin();
        AccountEntry entry = entries.candidate(name);
        return switch (failures.begin(name, entry != null, client)) {
            case FailedLogins.Refusal refusal -> throttle(login, refusal.reason());
            case FailedLogins.Attempt attempt ->
                entries.isExternal(name)
                        ? authenticateExternal(
                                login, attempt, () -> external.isPassword(name, password, client), entry, admits)
                        : authenticate(login, attempt, entry, password, admits);
        };
    }

    private Optional<AccountEntry> authenticate(
            FailureTime.Login login,
            FailedLogins.Attempt attempt,
            @Nullable AccountEntry entry,
            char[] password,
            Predicate<AccountEntry> admits) {
        AccountEntry candidate = entry != null && entry.password() != null && admits.test(entry) ? entry : null;
        if (candidate != null && verified.contains(candidate, password)) {
            attempt.succeed();
            return Optional.of(candidate);
        }
        if (!checks.tryAcquire()) {
            attempt.abandon();
            return throttle(login, ThrottledLogin.BUSY);
        }
        PasswordHash own = candidate == null ? null : candidate.password();
        PasswordHash hash = own == null ? nobody : own;
        boolean right = false;
        try {
            right = login.check(hash.cost(), () -> hash.matches(password)) && own != null;
        } finally {
            checks.release();
            if (right) {
                attempt.succeed();
            } else {
                attempt.fail();
            }
        }
        if (right && candidate != null) {
            verified.add(candidate, password);
            return Optional.of(candidate);
        }
        login.awaitAnswer(hash.cost(), highestCost());
        return Optional.empty();
    }

    /** Names that do not exist are checked too, so that the time of an answer does not tell which do. */
    private Optional<AccountEntry> authenticateExternal(
            FailureTime.Login login,
            FailedLogins.Attempt attempt,
            BooleanSupplier isPassword,
            @Nullable AccountEntry entry,
            Predicate<AccountEntry> admits) {
        AccountEntry candidate = entry != null && admits.test(entry) ? entry : null;
        if (!checks.tryAcquire()) {
            attempt.abandon();
            return throttle(login, ThrottledLogin.BUSY);
        }
        boolean right = false;
        try {
            right = isPassword.getAsBoolean() && candidate != null;
        } catch (RuntimeException e) {
            log.error("The password of an external account could not be checked", e);
        } finally {
            checks.release();
            if (right) {
                attempt.succeed();
            } else {
                attempt.fail();
            }
        }
        if (!right) {
            login.awaitAnswer(nobody.cost(), highestCost());
            return Optional.empty();
        }
        return Optional.ofNullable(candidate);
    }

    private Optional<AccountEntry> throttle(FailureTime.Login login, ThrottledLogin reason) {
        Objects.requireNonNull(throttled.get(reason)).increment();
        login.awaitRefusal(highestCost());
        return Optional.empty();
    }

    /** The cost of the slowest password check. */
    private long highestCost() {
        return Math.max(nobody.cost(), entries.highestPasswordCost());
    }

    /** How many logins were refused for a reason without checking the password. */
    long throttled(ThrottledLogin reason) {
        return Objects.requireNonNull(throttled.get(reason)).sum();
    }
}
