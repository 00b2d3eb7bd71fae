package dev.slipway.core.account;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Remembers the external accounts that have logged in, so that sessions need not wait for the program that manages them. An
 * entry older than a second is asked for again in the background; while that fails, the last answer holds. Safe for use by
 * several threads.
 */
final class KnownExternalAccounts implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(KnownExternalAccounts.class);

    private static final long FRESH_NANOS = TimeUnit.SECONDS.toNanos(1);

    /** Those used least recently are forgotten, and asked for when they are needed again. */
    private static final int MOST = 10_000;

    private record Known(AccountEntry entry, long asked) {}

    private final ExternalAccounts accounts;
    private final LongSupplier nanoTime;
    private final ExecutorService executor = Executors.newSingleThreadExecutor(
            Thread.ofPlatform().name("external-accounts").daemon().factory());

    @GuardedBy("this")
    private final RecentlyUsed<String, Known> known = new RecentlyUsed<>(MOST);

    @GuardedBy("this")
    private final Set<String> asking = new HashSet<>();

    @GuardedBy("this")
    private boolean failing;

    KnownExternalAccounts(ExternalAccounts accounts, LongSupplier nanoTime) {
        this.accounts = accounts;
        this.nanoTime = nanoTime;
    }

    /** An account that is remembered, as it was about a second ago; null for others. From memory. */
    synchronized @Nullable AccountEntry remembered(String name) {
        Known present = known.get(name);
        if (present == null) {
            return null;
        }
        if (nanoTime.getAsLong() - present.asked() > FRESH_NANOS && asking.add(name)) {
            executor.execute(() -> askAgain(name));
        }
        return present.entry();
    }

    private void askAgain(String name) {
        try {
            AccountEntry _ = find(name);
        } catch (IllegalStateException e) {
            log.debug("{} cannot be read", name, e);
        } finally {
            synchronized (this) {
                asking.remove(name);
            }
        }
    }

    /**
     * An account as it is now. Blocks. While the program cannot say, the last answer holds.
     *
     * @throws IllegalStateException the program cannot say, and the account is not remembered
     */
    @Nullable
    AccountEntry find(String name) {
        if (accounts.isNone()) {
            return null;
        }
        long now = nanoTime.getAsLong();
        Optional<AccountEntry> found;
        try {
            found = accounts.find(name);
        } catch (RuntimeException e) {
            return failed(name, e);
        }
        if (found.isPresent() && !found.get().name().equals(name)) {
            return failed(
                    name,
                    new IllegalArgumentException(
                            "asked for '" + name + "', got '" + found.get().name() + "'"));
        }
        synchronized (this) {
            if (failing) {
                failing = false;
                log.info("The external accounts can be read again");
            }
            if (found.isEmpty()) {
                known.remove(name);
                return null;
            }
            Known before = known.get(name);
            // An account that has not changed stays the same object, by which sessions recognize it.
            AccountEntry entry = before != null && before.entry().equals(found.get()) ? before.entry() : found.get();
            known.put(name, new Known(entry, now));
            return entry;
        }
    }

    private synchronized AccountEntry failed(String name, RuntimeException e) {
        if (!failing) {
            failing = true;
            log.error("An external account cannot be read; accounts read earlier stay in force", e);
        }
        Known present = known.get(name);
        if (present == null) {
            throw new IllegalStateException("the external account '" + name + "' cannot be read", e);
        }
        return present.entry();
    }

    /** The accounts that are remembered. */
    synchronized List<AccountEntry> all() {
        return known.values().stream().map(Known::entry).toList();
    }

    @Override
    public void close() {
        executor.shutdownNow();
    }
}
