package dev.slipway.core.account;

import dev.slipway.core.Protocol;
import dev.slipway.core.event.Events;
import dev.slipway.core.event.GatewayEvent.LoginFailed;
import dev.slipway.core.event.LoginMethod;
import java.net.InetAddress;
import java.security.PublicKey;
import java.time.Clock;
import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The accounts of a gateway: those of its configuration, which stay as they are, and those of a repository, which may
 * change at any time. Where both have a name, the configuration's counts. Answers come from memory; the repository is
 * asked every second whether it has changed. While it cannot be read, what it said last holds.
 *
 * <p>A password costs the same work whether the account exists, is disabled, has expired, has no password or may not log
 * in from there; only who knows the password is told apart. Failed logins slow down further ones, see
 * {@link LoginLimits}. Public keys and certificates cannot be guessed: they neither count as failures nor are they refused for them, and
 * since a client may ask whether a key would do before it proves to have it, they do not clear any.
 */
public final class AccountDirectory implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(AccountDirectory.class);

    private static final Duration POLL_INTERVAL = Duration.ofSeconds(1);

    private final Map<String, AccountEntry> configured = new HashMap<>();
    private final AccountRepository repository;
    private final Clock clock;
    private final Events events;
    private final FailedLogins failures;
    private final VerifiedPasswords verified;
    private final CountDownLatch closed = new CountDownLatch(1);
    private final Thread poller;

    /** Compared with where there is no password to compare with, so that the answer takes as long. */
    private final PasswordHash nobody;

    private volatile Map<String, AccountEntry> entries = Map.of();
    private long revision = -1;
    private boolean failing;

    /**
     * Reads all accounts. Blocks for that, and for as long as a hash takes.
     *
     * @param configured accounts that do not change
     * @param repository stays the caller's, who closes it after this
     * @param events is told of failed logins
     * @throws IllegalArgumentException if two configured accounts have one name
     * @throws IllegalStateException if the repository cannot be read
     */
    public AccountDirectory(
            Collection<AccountEntry> configured,
            AccountRepository repository,
            LoginLimits limits,
            Clock clock,
            Events events) {
        for (AccountEntry entry : configured) {
            if (this.configured.put(entry.name(), entry) != null) {
                throw new IllegalArgumentException("there are two accounts of the name '" + entry.name() + "'");
            }
        }
        this.repository = repository;
        this.clock = clock;
        this.events = events;
        failures = new FailedLogins(limits, clock);
        verified = new VerifiedPasswords(limits, clock);
        nobody = PasswordHash.of(new char[] {'n'});
        read();
        poller = Thread.ofPlatform().name("accounts").daemon().unstarted(this::poll);
    }

    /** The account of a name, whether it may log in or not. From memory. */
    public Optional<Account> find(String name) {
        return Optional.ofNullable(entries.get(name)).map(AccountEntry::account);
    }

    /** All accounts, whether they may log in or not. From memory. */
    public List<Account> all() {
        return entries.values().stream().map(AccountEntry::account).toList();
    }

    /** Follows the changes of the repository from now on. */
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

    /** Takes up what has changed. */
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
                log.error("The accounts cannot be read; those that were read last stay in force", e);
            }
            failing = true;
        }
    }

    private synchronized void read() {
        AccountRepository.Snapshot snapshot = repository.read();
        Map<String, AccountEntry> before = entries;
        Map<String, AccountEntry> now = new HashMap<>();
        for (AccountEntry entry : snapshot.entries()) {
            // One that has not changed stays the same object, by which sessions and verified passwords know it.
            AccountEntry known = before.get(entry.name());
            now.put(entry.name(), entry.equals(known) ? known : entry);
        }
        for (AccountEntry entry : configured.values()) {
            if (now.put(entry.name(), entry) != null) {
                log.warn("There are two accounts '{}': the one of the configuration is in force", entry.name());
            }
        }
        entries = Map.copyOf(now);
        revision = snapshot.revision();
    }

    /** What a front-end asks. */
    public Accounts over(Protocol protocol) {
        return new Accounts() {
            @Override
            public Optional<Account> authenticate(String name, char[] password, InetAddress client) {
                Optional<Account> account = AccountDirectory.this.authenticate(protocol, name, password, client);
                return orPublish(account, protocol, name, client, LoginMethod.PASSWORD);
            }

            @Override
            public Optional<Account> authenticate(String name, PublicKey key, InetAddress client) {
                AccountEntry entry = entries.get(name);
                Optional<Account> account = entry != null
                                && entry.admits(protocol, client, clock.instant())
                                && entry.keys().stream().anyMatch(known -> known.matches(key))
                        ? Optional.of(entry.account())
                        : Optional.empty();
                return orPublish(account, protocol, name, client, LoginMethod.PUBLIC_KEY);
            }

            @Override
            public Optional<Account> authenticate(String name, Collection<String> principals, InetAddress client) {
                AccountEntry entry = entries.get(name);
                Optional<Account> account = entry != null
                                && entry.admits(protocol, client, clock.instant())
                                && principals.stream().anyMatch(entry::isPrincipal)
                        ? Optional.of(entry.account())
                        : Optional.empty();
                return orPublish(account, protocol, name, client, LoginMethod.CERTIFICATE);
            }
        };
    }

    private Optional<Account> orPublish(
            Optional<Account> account, Protocol protocol, String name, InetAddress client, LoginMethod method) {
        if (account.isEmpty()) {
            events.publish(new LoginFailed(clock.instant(), protocol, client, name, method));
        }
        return account;
    }

    /**
     * Verifies the password of somebody who administers the gateway by none of its protocols. Blocks for as long as the hash
     * takes; failures count as they do elsewhere.
     *
     * @return empty if it is wrong, or the account may not log in from there, has not {@link AccountOption#ADMIN}, or is
     *     refused for its failures
     */
    public Optional<Administrator> authenticateAdministrator(String name, char[] password, InetAddress client) {
        return authenticate(name, password, client, entry -> isAdministrator(entry, client))
                .map(Administrator::new);
    }

    private boolean isAdministrator(AccountEntry entry, InetAddress client) {
        return entry.account().has(AccountOption.ADMIN) && entry.admits(client, clock.instant());
    }

    /** Whether an administrator would still be let in, with nothing of the account changed since. From memory. */
    public boolean isCurrent(Administrator administrator, InetAddress client) {
        AccountEntry entry = administrator.entry;
        return entry.equals(entries.get(entry.name())) && isAdministrator(entry, client);
    }

    /** Somebody who has proved to be an administrator. */
    public static final class Administrator {
        private final AccountEntry entry;

        private Administrator(AccountEntry entry) {
            this.entry = entry;
        }

        /** The name of the account. */
        public String name() {
            return entry.name();
        }
    }

    private Optional<Account> authenticate(Protocol protocol, String name, char[] password, InetAddress client) {
        return authenticate(name, password, client, entry -> entry.admits(protocol, client, clock.instant()))
                .map(AccountEntry::account);
    }

    private Optional<AccountEntry> authenticate(
            String name, char[] password, InetAddress client, Predicate<AccountEntry> admits) {
        FailedLogins.Attempt attempt = failures.begin(name, client);
        if (attempt == null) {
            return Optional.empty();
        }
        boolean right = false;
        try {
            AccountEntry entry = entries.get(name);
            PasswordHash hash = entry == null ? null : entry.password();
            if (entry == null || hash == null || !admits.test(entry)) {
                var _ = nobody.matches(password);
                return Optional.empty();
            }
            right = verified.contains(entry, password);
            if (!right && hash.matches(password)) {
                verified.add(entry, password);
                right = true;
            }
            return right ? Optional.of(entry) : Optional.empty();
        } finally {
            attempt.end(right);
        }
    }

    /**
     * What an account that has logged in is now.
     *
     * @return empty if it was removed or disabled, or has expired
     */
    public Optional<Account> current(Account loggedIn) {
        AccountEntry entry = entries.get(loggedIn.name());
        return entry != null && entry.isInForce(clock.instant()) ? Optional.of(entry.account()) : Optional.empty();
    }

    /** Whether nobody at all could log in. */
    public boolean isEmpty() {
        return entries.isEmpty();
    }

    /** Stops following changes. */
    @Override
    public void close() {
        closed.countDown();
    }
}
