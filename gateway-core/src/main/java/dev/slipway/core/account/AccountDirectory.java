package dev.slipway.core.account;

import dev.slipway.core.Protocol;
import dev.slipway.core.event.Events;
import dev.slipway.core.event.GatewayEvent.LoginFailed;
import dev.slipway.core.event.LoginMethod;
import java.net.InetAddress;
import java.security.PublicKey;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.BooleanSupplier;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The accounts of a gateway: those of its configuration, which never change, and those of a repository, which may
 * change at any time. If both contain a name, the configuration takes precedence. Answers come from memory; the
 * repository is checked for changes every second. While it cannot be read, the accounts read last stay in force.
 *
 * <p>A failed password login takes equally long whether the account exists, is disabled, has expired, has no password,
 * may not log in from there, or is throttled (see {@link LoginLimits}); only a login with the correct password differs.
 * Public keys and certificates cannot be guessed: they neither count as failures nor are throttled, and since a client
 * may ask whether a key would be accepted before it proves to have it, they do not clear failures either.
 */
public final class AccountDirectory implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(AccountDirectory.class);

    private static final Duration POLL_INTERVAL = Duration.ofSeconds(1);

    private final Map<String, AccountEntry> configured = new HashMap<>();
    private final AccountRepository repository;
    private final ExternalAccounts external;
    private final KnownExternalAccounts externalEntries;
    private final Clock clock;
    private final Events events;
    private final FailedLogins failures;
    private final VerifiedPasswords verified;
    private final FailureTime failureTime;

    /** One permit for each password that is checked or waits for a check. */
    private final Semaphore checks;

    private final Map<ThrottledLogin, LongAdder> throttled = new EnumMap<>(ThrottledLogin.class);
    private final CountDownLatch closed = new CountDownLatch(1);
    private final Thread poller;

    /** Compared with if there is no password to compare with, so that the answer takes as long. */
    private final PasswordHash nobody;

    private volatile Map<String, AccountEntry> entries = Map.of();

    /** The cost of the slowest password check. */
    private volatile long highestCost;

    private long revision = -1;
    private boolean failing;

    /**
     * Reads all accounts. Blocks for that, and for one password hash.
     *
     * @param configured accounts that do not change
     * @param repository remains the caller's, who closes it after this
     * @param external accounts of another program; those of the configuration and the repository override them
     * @param events receives failed logins
     * @throws IllegalArgumentException if two configured accounts have the same name
     * @throws IllegalStateException if the repository cannot be read
     */
    public AccountDirectory(
            Collection<AccountEntry> configured,
            AccountRepository repository,
            ExternalAccounts external,
            LoginLimits limits,
            Clock clock,
            Events events) {
        this(
                configured,
                repository,
                external,
                limits,
                clock,
                events,
                new FailureTime(System::nanoTime, TimeUnit.NANOSECONDS::sleep));
    }

    /** Without external accounts. */
    public AccountDirectory(
            Collection<AccountEntry> configured,
            AccountRepository repository,
            LoginLimits limits,
            Clock clock,
            Events events) {
        this(configured, repository, ExternalAccounts.NONE, limits, clock, events);
    }

    AccountDirectory(
            Collection<AccountEntry> configured,
            AccountRepository repository,
            ExternalAccounts external,
            LoginLimits limits,
            Clock clock,
            Events events,
            FailureTime failureTime) {
        for (AccountEntry entry : configured) {
            if (this.configured.put(entry.name(), entry) != null) {
                throw new IllegalArgumentException("there is more than one account named '" + entry.name() + "'");
            }
        }
        this.repository = repository;
        this.external = external;
        this.externalEntries = new KnownExternalAccounts(external, System::nanoTime);
        this.clock = clock;
        this.events = events;
        failures = new FailedLogins(limits, clock);
        verified = new VerifiedPasswords(limits, clock);
        this.failureTime = failureTime;
        checks = new Semaphore(limits.maxChecks());
        for (ThrottledLogin reason : ThrottledLogin.values()) {
            throttled.put(reason, new LongAdder());
        }
        nobody = PasswordHash.of(new char[] {'n'});
        // Measures how long a check takes.
        var _ = failureTime.begin().check(nobody.cost(), () -> nobody.matches(new char[0]));
        read();
        poller = Thread.ofPlatform().name("accounts").daemon().unstarted(this::poll);
    }

    /**
     * Finds an account by name, whether it may log in or not. From memory, except that it blocks for an external account that
     * has not logged in.
     *
     * @throws IllegalStateException an external account cannot be read at the moment
     */
    public Optional<Account> find(String name) {
        AccountEntry entry = remembered(name);
        return Optional.ofNullable(entry == null ? externalEntries.find(name) : entry)
                .map(AccountEntry::account);
    }

    /** Returns all accounts, whether they may log in or not; of external accounts, those that have logged in. From memory. */
    public List<Account> all() {
        Map<String, AccountEntry> own = entries;
        return Stream.concat(
                        own.values().stream(),
                        externalEntries.all().stream().filter(entry -> !own.containsKey(entry.name())))
                .map(AccountEntry::account)
                .toList();
    }

    /** From memory; null also for an external account that has not logged in. */
    private @Nullable AccountEntry remembered(String name) {
        AccountEntry own = entries.get(name);
        return own == null ? externalEntries.remembered(name) : own;
    }

    /** For a login. Blocks for external accounts; one that cannot be read cannot log in. */
    private @Nullable AccountEntry candidate(String name) {
        AccountEntry own = entries.get(name);
        if (own != null) {
            return own;
        }
        try {
            return externalEntries.find(name);
        } catch (IllegalStateException e) {
            log.debug("{} cannot log in", name, e);
            return null;
        }
    }

    private boolean isExternal(AccountEntry entry) {
        return !entries.containsKey(entry.name());
    }

    /** Starts to follow changes of the repository. */
    public void start() {
        poller.start();
    }

    private void poll() {
        try {
            while (!closed.await(POLL_INTERVAL.toMillis(), TimeUnit.MILLISECONDS)) {
                refresh();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Applies changes of the repository. */
    synchronized void refresh() {
        try {
            if (repository.revision() != revision) {
                read();
            }
            if (failing) {
                log.info("The accounts can be read again");
            }
            failing = false;
        } catch (RuntimeException e) {
            if (!failing) {
                log.error("The accounts cannot be read; those read last stay in force", e);
            }
            failing = true;
        }
    }

    private synchronized void read() {
        AccountRepository.Snapshot snapshot = repository.read();
        Map<String, AccountEntry> before = entries;
        Map<String, AccountEntry> now = new HashMap<>();
        for (AccountEntry entry : snapshot.entries()) {
            // An unchanged entry stays the same object, by which sessions and verified passwords identify it.
            AccountEntry known = before.get(entry.name());
            now.put(entry.name(), entry.equals(known) ? known : entry);
        }
        for (AccountEntry entry : configured.values()) {
            if (now.put(entry.name(), entry) != null) {
                log.warn("There are two accounts '{}': the one in the configuration is used", entry.name());
            }
        }
        entries = Map.copyOf(now);
        long highest = nobody.cost();
        for (AccountEntry entry : now.values()) {
            PasswordHash password = entry.password();
            if (password != null) {
                highest = Math.max(highest, password.cost());
            }
        }
        highestCost = highest;
        Set<String> existing = new HashSet<>(entries.keySet());
        externalEntries.all().forEach(entry -> existing.add(entry.name()));
        failures.retain(existing);
        revision = snapshot.revision();
    }

    /** Returns the accounts as seen by a front-end. */
    public Accounts over(Protocol protocol) {
        return new Accounts() {
            @Override
            public Optional<Login> authenticate(String name, char[] password, InetAddress client) {
                Optional<Login> login = AccountDirectory.this
                        .authenticate(name, password, client, entry -> entry.admits(protocol, client, clock.instant()))
                        .map(entry -> new CheckedLogin(entry, passwordOf(entry), protocol, client));
                return orPublish(login, protocol, name, client, LoginMethod.PASSWORD);
            }

            @Override
            public Optional<Login> authenticate(String name, PublicKey key, InetAddress client) {
                AccountEntry entry = candidate(name);
                Optional<Login> login = entry != null
                                && entry.admits(protocol, client, clock.instant())
                                && entry.keys().stream().anyMatch(known -> known.matches(key))
                        ? Optional.of(new CheckedLogin(entry, LoginProof.of(key), protocol, client))
                        : Optional.empty();
                return orPublish(login, protocol, name, client, LoginMethod.PUBLIC_KEY);
            }

            @Override
            public Optional<Login> authenticate(String name, Collection<String> principals, InetAddress client) {
                AccountEntry entry = candidate(name);
                LoginProof proof = LoginProof.of(principals);
                Optional<Login> login = entry != null && entry.admits(proof, protocol, client, clock.instant())
                        ? Optional.of(new CheckedLogin(entry, proof, protocol, client))
                        : Optional.empty();
                return orPublish(login, protocol, name, client, LoginMethod.CERTIFICATE);
            }
        };
    }

    private Optional<Login> orPublish(
            Optional<Login> login, Protocol protocol, String name, InetAddress client, LoginMethod method) {
        if (login.isEmpty()) {
            events.publish(new LoginFailed(clock.instant(), protocol, client, name, method));
        }
        return login;
    }

    private LoginProof passwordOf(AccountEntry entry) {
        if (isExternal(entry)) {
            return new LoginProof.ExternalPassword();
        }
        return LoginProof.of(
                Objects.requireNonNull(entry.password(), "an account without a password cannot log in with one"));
    }

    /** A login that is checked again for each operation. */
    private final class CheckedLogin implements Login {
        private final Account account;
        private final LoginProof proof;
        private final Protocol protocol;
        private final InetAddress client;

        /** The last entry that was admitted, ignoring expiry: usually it has not changed since. */
        private volatile AccountEntry admitted;

        CheckedLogin(AccountEntry entry, LoginProof proof, Protocol protocol, InetAddress client) {
            this.account = entry.account();
            this.proof = proof;
            this.protocol = protocol;
            this.client = client;
            this.admitted = entry;
        }

        @Override
        public Account account() {
            return account;
        }

        @Override
        @SuppressWarnings("ReferenceEquality") // an entry that has not changed stays the same object
        public Optional<Account> current() {
            AccountEntry entry = remembered(account.name());
            if (entry == null) {
                return Optional.empty();
            }
            Instant now = clock.instant();
            boolean holds = entry == admitted ? entry.isInForce(now) : entry.admits(proof, protocol, client, now);
            if (!holds) {
                return Optional.empty();
            }
            admitted = entry;
            return Optional.of(entry.account());
        }

        @Override
        public Optional<Account> verify() {
            refresh();
            askExternal(account.name());
            return current();
        }

        @Override
        public Optional<TokenOwner> tokenOwner() {
            return Optional.of(ownerOf(account.name(), proof));
        }
    }

    /** Learns what an external account is now, if that can be known. Blocks. */
    private void askExternal(String name) {
        if (!entries.containsKey(name)) {
            AccountEntry _ = candidate(name);
        }
    }

    private TokenOwner ownerOf(String name, LoginProof proof) {
        boolean hashedAgain = configured.containsKey(name) && proof instanceof LoginProof.Password;
        return new TokenOwner(name, (hashedAgain ? new LoginProof.AnyPassword() : proof).text());
    }

    /**
     * Checks the password of an administrator who uses none of the gateway's file protocols. Blocks for the time of a
     * hash; failures count as they do for other logins.
     *
     * @return empty if the password is wrong, or the account may not log in from there, lacks {@link
     *     AccountOption#ADMIN}, or is throttled
     */
    public Optional<Administrator> authenticateAdministrator(String name, char[] password, InetAddress client) {
        return authenticate(
                        name,
                        password,
                        client,
                        entry ->
                                entry.account().has(AccountOption.ADMIN) && entry.admits(null, client, clock.instant()))
                .map(entry -> new Administrator(name, passwordOf(entry)));
    }

    /**
     * Whether an administrator could still log in with the same credentials. Blocks for the database, to see every
     * change.
     */
    public boolean isCurrent(Administrator administrator, InetAddress client) {
        return isAdministrator(administrator.name, administrator.proof, client);
    }

    /**
     * Whether the administrator who added a token could still log in with the same credentials. Blocks for the
     * database.
     */
    public boolean isCurrent(TokenOwner owner, InetAddress client) {
        return isAdministrator(owner.account(), LoginProof.parse(owner.proof()), client);
    }

    private boolean isAdministrator(String name, LoginProof proof, InetAddress client) {
        refresh();
        askExternal(name);
        AccountEntry entry = remembered(name);
        return entry != null
                && entry.account().has(AccountOption.ADMIN)
                && entry.admits(proof, null, client, clock.instant());
    }

    /** Returns the owner of a token that an administrator adds. */
    public TokenOwner tokenOwner(Administrator administrator) {
        return ownerOf(administrator.name, administrator.proof);
    }

    /** An authenticated administrator. */
    public static final class Administrator {
        private final String name;
        private final LoginProof proof;

        private Administrator(String name, LoginProof proof) {
            this.name = name;
            this.proof = proof;
        }

        /** The name of the account. */
        public String name() {
            return name;
        }
    }

    private Optional<AccountEntry> authenticate(
            String name, char[] password, InetAddress client, Predicate<AccountEntry> admits) {
        FailureTime.Login login = failureTime.begin();
        AccountEntry entry = candidate(name);
        return switch (failures.begin(name, entry != null, client)) {
            case FailedLogins.Refusal refusal -> throttle(login, refusal.reason());
            case FailedLogins.Attempt attempt ->
                external.isNone() || entries.containsKey(name)
                        ? authenticate(login, attempt, entry, password, admits)
                        : authenticateExternal(
                                login, attempt, () -> external.isPassword(name, password, client), entry, admits);
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
        login.awaitAnswer(hash.cost(), highestCost);
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
            login.awaitAnswer(nobody.cost(), highestCost);
            return Optional.empty();
        }
        return Optional.ofNullable(candidate);
    }

    private Optional<AccountEntry> throttle(FailureTime.Login login, ThrottledLogin reason) {
        Objects.requireNonNull(throttled.get(reason)).increment();
        login.awaitRefusal(highestCost);
        return Optional.empty();
    }

    /** How many logins were refused for a reason without checking the password. */
    public long throttled(ThrottledLogin reason) {
        return Objects.requireNonNull(throttled.get(reason)).sum();
    }

    /**
     * Returns an account as it is now, for the gateway's own work on its behalf, such as jobs.
     *
     * @return empty if it was removed or disabled, or has expired
     */
    public Optional<Account> current(Account account) {
        AccountEntry entry = remembered(account.name());
        return entry != null && entry.isInForce(clock.instant()) ? Optional.of(entry.account()) : Optional.empty();
    }

    /** Whether there are no accounts. */
    public boolean isEmpty() {
        return entries.isEmpty() && external.isNone();
    }

    /** Stops following changes. */
    @Override
    public void close() {
        closed.countDown();
        externalEntries.close();
    }
}
