package dev.slipway.core.account;

import dev.slipway.core.Protocol;
import dev.slipway.core.event.Events;
import dev.slipway.core.event.GatewayEvent.LoginFailed;
import dev.slipway.core.event.LoginMethod;
import java.net.InetAddress;
import java.security.PublicKey;
import java.time.Clock;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

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
    private final AccountEntries entries;
    private final PasswordLogins passwords;
    private final Clock clock;
    private final Events events;

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
        FailedLogins failures = new FailedLogins(limits, clock);
        this.entries = new AccountEntries(configured, repository, external, failures::retain);
        this.passwords = new PasswordLogins(entries, external, limits, clock, failures, failureTime);
        this.clock = clock;
        this.events = events;
    }

    /**
     * Finds an account by name, whether it may log in or not. From memory, except that it blocks for an external account that
     * has not logged in.
     *
     * @throws IllegalStateException an external account cannot be read at the moment
     */
    public Optional<Account> find(String name) {
        return entries.find(name);
    }

    /** Returns all accounts, whether they may log in or not; of external accounts, those that have logged in. From memory. */
    public List<Account> all() {
        return entries.all();
    }

    /** Starts to follow changes of the repository. */
    public void start() {
        entries.start();
    }

    /** Applies changes of the repository. Blocks for it. */
    void refresh() {
        entries.refresh();
    }

    /** Returns the accounts as seen by a front-end. */
    public Accounts over(Protocol protocol) {
        return new Accounts() {
            @Override
            public Optional<Login> authenticate(String name, char[] password, InetAddress client) {
                Optional<Login> login = passwords
                        .authenticate(name, password, client, entry -> entry.admits(protocol, client, clock.instant()))
                        .map(entry -> new CheckedLogin(entry, passwordOf(entry), protocol, client));
                return orPublish(login, protocol, name, client, LoginMethod.PASSWORD);
            }

            @Override
            public Optional<Login> authenticate(String name, PublicKey key, InetAddress client) {
                AccountEntry entry = entries.candidate(name);
                Optional<Login> login = entry != null
                                && entry.admits(protocol, client, clock.instant())
                                && entry.keys().stream().anyMatch(known -> known.matches(key))
                        ? Optional.of(new CheckedLogin(entry, LoginProof.of(key), protocol, client))
                        : Optional.empty();
                return orPublish(login, protocol, name, client, LoginMethod.PUBLIC_KEY);
            }

            @Override
            public Optional<Login> authenticate(String name, Collection<String> principals, InetAddress client) {
                AccountEntry entry = entries.candidate(name);
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
        if (entries.isExternal(entry.name())) {
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
            AccountEntry entry = entries.remembered(account.name());
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
            entries.refresh();
            entries.askExternal(account.name());
            return current();
        }

        @Override
        public Optional<TokenOwner> tokenOwner() {
            return Optional.of(ownerOf(account.name(), proof));
        }
    }

    private TokenOwner ownerOf(String name, LoginProof proof) {
        boolean hashedAgain = entries.isConfigured(name) && proof instanceof LoginProof.Password;
        return new TokenOwner(name, (hashedAgain ? new LoginProof.AnyPassword() : proof).text());
    }

    /**
     * Checks the password of an account that logs in over HTTP. Blocks for the time of a hash; failures count as they do for
     * other logins.
     *
     * @return empty if the password is wrong, or the account may not log in from there or is throttled, or may neither use
     *     {@link Protocol#HTTP} nor is an administrator
     */
    public Optional<HttpLogin> authenticateOverHttp(String name, char[] password, InetAddress client) {
        return passwords
                .authenticate(name, password, client, entry -> admitsOverHttp(entry, client))
                .map(entry -> new HttpLogin(name, passwordOf(entry)));
    }

    /** Administrators always may: the protocols of an account are about its files. */
    private boolean admitsOverHttp(AccountEntry entry, InetAddress client) {
        return entry.admits(entry.account().has(AccountOption.ADMIN) ? null : Protocol.HTTP, client, clock.instant());
    }

    /**
     * Returns the account of a login over HTTP, as it is now. Blocks for the database, to see every change.
     *
     * @return empty if it could not log in again with the same credentials
     */
    public Optional<Account> current(HttpLogin login, InetAddress client) {
        return fresh(login.name)
                .filter(entry -> admitsOverHttp(entry, client) && login.proof.holds(entry))
                .map(AccountEntry::account);
    }

    /**
     * Returns the right of a login over HTTP to the account's files.
     *
     * @return empty if the account may not use {@link Protocol#HTTP} from there, or could not log in again. From memory
     */
    public Optional<Login> files(HttpLogin login, InetAddress client) {
        return Optional.ofNullable(entries.remembered(login.name))
                .filter(entry -> entry.admits(login.proof, Protocol.HTTP, client, clock.instant()))
                .map(entry -> new CheckedLogin(entry, login.proof, Protocol.HTTP, client));
    }

    /**
     * Whether the administrator who added a token could still log in with the same credentials. Blocks for the
     * database.
     */
    public boolean isCurrent(TokenOwner owner, InetAddress client) {
        return fresh(owner.account())
                .filter(entry -> entry.account().has(AccountOption.ADMIN)
                        && entry.admits(LoginProof.parse(owner.proof()), null, client, clock.instant()))
                .isPresent();
    }

    /** An account with all changes, read from the database. */
    private Optional<AccountEntry> fresh(String name) {
        entries.refresh();
        entries.askExternal(name);
        return Optional.ofNullable(entries.remembered(name));
    }

    /** Returns the owner of a token that an administrator adds. */
    public TokenOwner tokenOwner(HttpLogin administrator) {
        return ownerOf(administrator.name, administrator.proof);
    }

    /** An account that has logged in over HTTP. */
    public static final class HttpLogin {
        private final String name;
        private final LoginProof proof;

        private HttpLogin(String name, LoginProof proof) {
            this.name = name;
            this.proof = proof;
        }

        /** The name of the account. */
        public String name() {
            return name;
        }
    }

    /** How many logins were refused for a reason without checking the password. */
    public long throttled(ThrottledLogin reason) {
        return passwords.throttled(reason);
    }

    /**
     * Returns an account as it is now, for the gateway's own work on its behalf, such as jobs.
     *
     * @return empty if it was removed or disabled, or has expired
     */
    public Optional<Account> current(Account account) {
        AccountEntry entry = entries.remembered(account.name());
        return entry != null && entry.isInForce(clock.instant()) ? Optional.of(entry.account()) : Optional.empty();
    }

    /** Whether there are no accounts. */
    public boolean isEmpty() {
        return entries.isEmpty();
    }

    /** Stops following changes. */
    @Override
    public void close() {
        entries.close();
    }
}
