package dev.slipway.core.account;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The accounts in force, with what they need to log in: those of the configuration, of the repository and of another
 * program, in this order of precedence. Answers come from memory, unless it says otherwise. Safe for use by several
 * threads.
 */
final class AccountEntries implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(AccountEntries.class);

    private static final Duration POLL_INTERVAL = Duration.ofSeconds(1);

    private final Map<String, AccountEntry> configured = new HashMap<>();
    private final AccountRepository repository;
    private final ExternalAccounts external;
    private final KnownExternalAccounts externalEntries;
    private final Consumer<Set<String>> names;
    private final CountDownLatch closed = new CountDownLatch(1);
    private final Thread poller = Thread.ofPlatform().name("accounts").daemon().unstarted(this::poll);

    private volatile Map<String, AccountEntry> entries = Map.of();

    private volatile long highestPasswordCost;

    @GuardedBy("this")
    private long revision = -1;

    @GuardedBy("this")
    private boolean failing;

    /**
     * Reads all accounts. Blocks for that.
     *
     * @param names receives the names of all accounts after each change
     * @throws IllegalArgumentException if two configured accounts have the same name
     * @throws IllegalStateException if the repository cannot be read
     */
    AccountEntries(
            Collection<AccountEntry> configured,
            AccountRepository repository,
            ExternalAccounts external,
            Consumer<Set<String>> names) {
        for (AccountEntry entry : configured) {
            if (this.configured.put(entry.name(), entry) != null) {
                throw new IllegalArgumentException("there is more than one account named '" + entry.name() + "'");
            }
        }
        this.repository = repository;
        this.external = external;
        this.externalEntries = new KnownExternalAccounts(external, System::nanoTime);
        this.names = names;
        read();
    }

    /** Starts to follow changes of the repository. */
    void start() {
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

    /** Applies changes of the repository. Blocks for it. */
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
        long highest = 0;
        for (AccountEntry entry : now.values()) {
            PasswordHash password = entry.password();
            if (password != null) {
                highest = Math.max(highest, password.cost());
            }
        }
        highestPasswordCost = highest;
        Set<String> existing = new HashSet<>(entries.keySet());
        externalEntries.all().forEach(entry -> existing.add(entry.name()));
        names.accept(existing);
        revision = snapshot.revision();
    }

    /**
     * Finds an account by name, whether it may log in or not. Blocks for an external account that has not logged in.
     *
     * @throws IllegalStateException an external account cannot be read at the moment
     */
    Optional<Account> find(String name) {
        AccountEntry entry = remembered(name);
        return Optional.ofNullable(entry == null ? externalEntries.find(name) : entry)
                .map(AccountEntry::account);
    }

    /** Returns all accounts, whether they may log in or not; of external accounts, those that have logged in. From memory. */
    List<Account> all() {
        Map<String, AccountEntry> own = entries;
        return Stream.concat(
                        own.values().stream(),
                        externalEntries.all().stream().filter(entry -> !own.containsKey(entry.name())))
                .map(AccountEntry::account)
                .toList();
    }

    /** Null also for an external account that has not logged in. */
    @Nullable
    AccountEntry remembered(String name) {
        AccountEntry own = entries.get(name);
        return own == null ? externalEntries.remembered(name) : own;
    }

    /** For a login. Blocks for external accounts; one that cannot be read cannot log in. */
    @Nullable
    AccountEntry candidate(String name) {
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

    /** Learns what an external account is now, if that can be known. Blocks. */
    void askExternal(String name) {
        if (!entries.containsKey(name)) {
            AccountEntry _ = candidate(name);
        }
    }

    /** Whether another program has the account, or would have it: it is none of ours. */
    boolean isExternal(String name) {
        return !external.isNone() && !entries.containsKey(name);
    }

    boolean isConfigured(String name) {
        return configured.containsKey(name);
    }

    boolean isEmpty() {
        return entries.isEmpty() && external.isNone();
    }

    /** The cost of the slowest password check of our own accounts; 0 if none has a password. */
    long highestPasswordCost() {
        return highestPasswordCost;
    }

    /** Stops following changes. */
    @Override
    public void close() {
        closed.countDown();
        externalEntries.close();
    }
}
