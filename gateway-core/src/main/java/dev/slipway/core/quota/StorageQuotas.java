package dev.slipway.core.quota;

import dev.slipway.core.Failure;
import dev.slipway.core.account.Account;
import dev.slipway.core.account.AccountLimits;
import dev.slipway.core.account.Mount;
import dev.slipway.core.state.StateException;
import dev.slipway.core.state.UsageTable;
import dev.slipway.core.state.UsageTable.Area;
import dev.slipway.core.state.UsageTable.Change;
import dev.slipway.core.state.UsageTable.Total;
import dev.slipway.core.store.InterruptedUpload;
import dev.slipway.core.store.ObjectInfo;
import dev.slipway.core.store.ObjectKey;
import dev.slipway.core.store.ObjectPage;
import dev.slipway.core.store.ObjectStore;
import dev.slipway.core.store.StoreException;
import dev.slipway.core.store.UploadJournal;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The quotas of all accounts, based on running totals of their writable mounts. A total belongs to a prefix of a
 * bucket, so that accounts that share a prefix share the total; of nested mounts the outer one counts. Totals are kept
 * in memory, written to the state database within a second, and recounted in the background at intervals. Nothing is
 * counted if no account has a quota.
 */
public final class StorageQuotas implements Quotas, AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(StorageQuotas.class);

    private static final Duration TICK = Duration.ofSeconds(1);

    /** Interrupted uploads are also changed by others, for instance by the command that discards them. */
    private static final int TICKS_PER_READ_OF_INTERRUPTED = 5;

    /** The delay of a recount after a request with an uncertain outcome; an outage causes many of these. */
    private static final Duration DOUBT = Duration.ofMinutes(10);

    /** The delay of the next attempt if the store cannot be listed. */
    private static final Duration PATIENCE = Duration.ofMinutes(1);

    /** How long a page may take before another gateway may recount. */
    private static final Duration CLAIM = Duration.ofMinutes(2);

    private static final int PAGE = 1000;

    /** The areas that count for an account with a quota. */
    private record Holder(Account account, AccountLimits limits, List<Area> areas) {}

    private final ObjectStore store;
    private final ObjectStore counted;
    private final UploadJournal journal;
    private final UsageTable table;
    private final Function<String, Optional<Account>> find;
    private final Supplier<? extends Collection<Account>> accounts;
    private final AccountLimits defaults;
    private final Duration every;
    private final Clock clock;
    private final Ledger ledger = new Ledger();
    private final KnownObjectSizes knownSizes;
    private final ConcurrentHashMap<String, Holder> holders = new ConcurrentHashMap<>();
    private final ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor(
            Thread.ofPlatform().name("quotas").daemon().factory());
    private final ExecutorService background = Executors.newVirtualThreadPerTaskExecutor();
    private final Object flushing = new Object();
    private volatile boolean interruptedUploadsChanged = true;
    private volatile boolean closed;
    private boolean tracking;
    private boolean failing;
    private long ticks;

    /**
     * @param store remains the caller's, who closes it after this
     * @param find finds an account by name, from memory
     * @param accounts all accounts, from memory
     * @param defaults the limits of accounts that set none
     * @param every the interval of recounts
     */
    public StorageQuotas(
            ObjectStore store,
            UploadJournal journal,
            UsageTable table,
            Function<String, Optional<Account>> find,
            Supplier<? extends Collection<Account>> accounts,
            AccountLimits defaults,
            Duration every,
            Clock clock) {
        this.store = store;
        this.journal = journal;
        this.table = table;
        this.find = find;
        this.accounts = accounts;
        this.defaults = defaults;
        this.every = every;
        this.clock = clock;
        this.knownSizes = new KnownObjectSizes(clock);
        this.counted = new CountedStore(store, this, ledger, knownSizes);
    }

    /** The store that counts; everything that is to be counted must go through it. */
    public ObjectStore store() {
        return counted;
    }

    /** Takes over the totals of an earlier run, and follows the accounts from now on. Blocks for the database. */
    public void start() {
        table.takeOver();
        tracking = true;
        tick();
        // This gateway does not update these totals, so they must be recounted before they are used again.
        table.wantRecount(ledger.others(table.read()));
        var _ = timer.scheduleWithFixedDelay(this::tick, TICK.toMillis(), TICK.toMillis(), TimeUnit.MILLISECONDS);
    }

    /** Follows the accounts, writes totals to the database, and starts due recounts. */
    synchronized void tick() {
        try {
            Set<Area> wanted = new HashSet<>();
            for (Account account : accounts.get()) {
                AccountLimits limits = account.limits().orElse(defaults);
                if (limits.hasQuota()) {
                    wanted.addAll(areas(account));
                }
            }
            ledger.trackOnly(wanted);
            if (wanted.isEmpty() && !tracking) {
                return;
            }
            tracking = !wanted.isEmpty();
            flush();
            if (ticks++ % TICKS_PER_READ_OF_INTERRUPTED == 0) {
                interruptedUploadsChanged = true;
            }
            ledger.beginRecount(clock.instant(), every).ifPresent(area -> background.execute(() -> recount(area)));
            if (failing) {
                log.info("Storage totals can be written again");
            }
            failing = false;
        } catch (RuntimeException e) {
            if (!failing) {
                log.warn("Storage totals cannot be written; retrying every second", e);
            }
            failing = true;
        }
    }

    private void flush() {
        synchronized (flushing) {
            List<Change> changes = ledger.changes();
            List<Total> totals = changes.isEmpty() ? table.read() : table.add(changes);
            List<Area> superfluous = ledger.told(changes, totals, clock.instant());
            if (!superfluous.isEmpty()) {
                // Nobody updates them any more, so a later use starts with a recount.
                table.remove(superfluous);
            }
        }
    }

    private void recount(Area area) {
        boolean claimed = false;
        boolean done = false;
        try {
            Instant now = clock.instant();
            claimed = table.claim(area, now, now.plus(CLAIM));
            if (!claimed) {
                return;
            }
            measureInterrupted(area);
            String cursor = null;
            do {
                if (closed || !ledger.askForPage(area)) {
                    return;
                }
                ObjectPage page = store.list(area.bucket(), area.prefix(), false, cursor, PAGE);
                ledger.page(area, page);
                cursor = page.next();
                if (cursor != null) {
                    table.renew(area, clock.instant().plus(CLAIM));
                }
            } while (cursor != null);
            Optional<Change> correction = ledger.endRecount(area);
            done = true;
            // Before the area counts as counted, so that nobody sees an uncorrected total as a counted one.
            flush();
            table.counted(area, clock.instant());
            flush();
            correction.ifPresent(change -> log.info(
                    "Recounted {}: the total changes by {} bytes and {} files", area, change.bytes(), change.files()));
        } catch (StoreException | RuntimeException e) {
            if (closed) {
                return;
            }
            log.warn("{} could not be counted; retrying: {}", area, e.toString());
        } finally {
            if (!done) {
                ledger.giveUpRecount(area, clock.instant().plus(PATIENCE), claimed);
                if (claimed) {
                    release(area);
                }
            }
        }
    }

    private void release(Area area) {
        try {
            table.release(area);
        } catch (StateException e) {
            log.debug("The claim to count {} could not be released: {}", area, e.getMessage());
        }
    }

    /** Asks the store about uploads that a killed gateway left behind. */
    private void measureInterrupted(Area area) throws StoreException {
        for (InterruptedUpload upload : journal.allInterrupted()) {
            if (upload.bytes() == InterruptedUpload.UNKNOWN
                    && upload.key().bucket().equals(area.bucket())
                    && upload.key().key().startsWith(area.prefix())) {
                var _ = store.interrupted(upload.key(), upload.owner().account());
                interruptedUploadsChanged = true;
            }
        }
    }

    /** Returns the areas that count for an account: its writable mounts, of nested ones the outer one. */
    public static List<Area> areas(Account account) {
        List<Area> all = account.mounts().stream()
                .filter(mount -> !mount.readOnly())
                .map(StorageQuotas::area)
                .distinct()
                .toList();
        return all.stream()
                .filter(area -> all.stream()
                        .noneMatch(other -> !other.equals(area)
                                && other.bucket().equals(area.bucket())
                                && area.prefix().startsWith(other.prefix())))
                .toList();
    }

    private static Area area(Mount mount) {
        return new Area(mount.bucket(), mount.prefix());
    }

    private @Nullable Holder holder(String name) {
        Account account = find.apply(name).orElse(null);
        if (account == null) {
            return null;
        }
        Holder known = holders.get(name);
        if (known != null && known.account().equals(account)) {
            return known;
        }
        AccountLimits limits = account.limits().orElse(defaults);
        if (!limits.hasQuota()) {
            holders.remove(name);
            return null;
        }
        Holder holder = new Holder(account, limits, areas(account));
        ledger.track(holder.areas());
        holders.put(name, holder);
        return holder;
    }

    /** Whether an upload counts for any account. */
    boolean concerns(String account, ObjectKey key) {
        return holder(account) != null || ledger.covers(key);
    }

    Ledger ledger() {
        return ledger;
    }

    /** The interrupted uploads are to be read again. */
    void interruptedUploadsChanged() {
        interruptedUploadsChanged = true;
    }

    private void lookAtInterrupted() {
        if (interruptedUploadsChanged) {
            interruptedUploadsChanged = false;
            boolean done = false;
            try {
                ledger.interrupted(journal.allInterrupted());
                done = true;
            } catch (StateException e) {
                log.debug("The interrupted uploads cannot be read: {}", e.getMessage());
            } finally {
                if (!done) {
                    interruptedUploadsChanged = true;
                }
            }
        }
    }

    /** The store has changed an object. */
    void changed(ObjectKey key, long old, long now, Ledger.@Nullable Held held) {
        knownSizes.saw(key, now);
        ledger.changed(key, old, now, held);
    }

    /** The store has not changed an object, or the outcome is uncertain. */
    void failed(ObjectKey key, Failure failure) {
        boolean sure = failure != Failure.UNAVAILABLE && failure != Failure.ABORTED && failure != Failure.INTERNAL;
        ledger.failed(key, sure ? null : clock.instant().plus(DOUBT));
    }

    @Override
    public Optional<Room> room(Account account) {
        Holder holder = holder(account.name());
        if (holder == null) {
            return Optional.empty();
        }
        lookAtInterrupted();
        AccountLimits limits = holder.limits();
        return Optional.of(new Room(
                limits.quotaBytes(),
                free(limits.quotaBytes(), ledger.usedBytes(holder.areas())),
                limits.quotaFiles(),
                free(limits.quotaFiles(), ledger.usedFiles(holder.areas()))));
    }

    private static long free(long limit, long used) {
        return limit == AccountLimits.NONE ? limit : Math.max(0, limit - used);
    }

    @Override
    public Reservation reserve(Account account, ObjectKey key, long bytes) throws QuotaException {
        if (!concerns(account.name(), key)) {
            return () -> {};
        }
        Upload copy = begin(account.name(), key);
        boolean held = false;
        try {
            copy.holdFile();
            copy.hold(bytes);
            held = true;
            return copy::end;
        } finally {
            if (!held) {
                copy.end();
            }
        }
    }

    /** Begins an operation that may replace an object. */
    Upload begin(String account, ObjectKey key) {
        return new Upload(account, key);
    }

    /** An object that is about to be stored, by an account with or without a quota. */
    final class Upload implements Ledger.Watcher {
        private final String account;
        private final ObjectKey key;
        private final Ledger.Held held;

        /** The request for the size of the replaced object; null if none was necessary. */
        private final @Nullable Future<Long> asked;

        /** The size of the replaced object. Changes by others override the requested size, which is older. */
        private final AtomicReference<@Nullable Long> old = new AtomicReference<>();

        Upload(String account, ObjectKey key) {
            this.account = account;
            this.key = key;
            this.held = new Ledger.Held(key);
            ledger.watch(key, this);
            OptionalLong seen = knownSizes.find(key);
            if (seen.isPresent()) {
                old.compareAndSet(null, seen.getAsLong());
                asked = null;
            } else {
                asked = background.submit(
                        () -> store.head(key).map(ObjectInfo::size).orElse(Ledger.ABSENT));
            }
        }

        Ledger.Held held() {
            return held;
        }

        @Override
        public void becomes(long size) {
            old.set(size);
        }

        /** The size of the replaced object; blocks until it is known. */
        long replaced() {
            Long known = old.get();
            Future<Long> request = asked;
            if (known != null || request == null) {
                return known == null ? Ledger.ABSENT : known;
            }
            long answer = Ledger.ABSENT;
            try {
                answer = request.get();
            } catch (ExecutionException e) {
                log.debug("The size of the replaced object {} is not known: {}", key, e.getCause());
                ledger.doubt(key, clock.instant().plus(DOUBT));
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                ledger.doubt(key, clock.instant().plus(DOUBT));
            }
            Long newer = old.compareAndExchange(null, answer);
            return newer == null ? answer : newer;
        }

        private long replacedIfKnown() {
            return old.get() != null || (asked != null && asked.isDone()) ? replaced() : Ledger.ABSENT;
        }

        /** Reserves quota for one more file, unless a file is replaced. */
        void holdFile() throws QuotaException {
            hold(0);
        }

        /**
         * Reserves quota for a total number of bytes.
         *
         * @throws QuotaException if the account's quota would be exceeded; the existing reservation remains
         */
        void hold(long size) throws QuotaException {
            Holder holder = holder(account);
            lookAtInterrupted();
            if (attempt(holder, size, replacedIfKnown()).isEmpty()) {
                return;
            }
            Optional<Ledger.Refusal> refusal = attempt(holder, size, replaced());
            if (refusal.isPresent() && holder != null) {
                throw new QuotaException(
                        switch (refusal.get()) {
                            case BYTES ->
                                "The quota of this account, " + holder.limits().quotaBytes()
                                        + " bytes, is used up; delete something first.";
                            case FILES ->
                                "The quota of this account, " + holder.limits().quotaFiles()
                                        + " files, is used up; delete something first.";
                        });
            }
        }

        private Optional<Ledger.Refusal> attempt(@Nullable Holder holder, long size, long replacing) {
            return ledger.hold(
                    held,
                    Math.max(0, size - Ledger.bytes(replacing)),
                    1 - Ledger.files(key.key(), replacing),
                    holder == null ? AccountLimits.UNLIMITED : holder.limits(),
                    holder == null ? List.of() : holder.areas());
        }

        /** Reserves a total number of bytes even if the quota is exceeded. */
        void force(long size) {
            ledger.force(held, size, 0);
        }

        void end() {
            ledger.unwatch(key, this);
            ledger.release(held);
        }
    }

    /** Waits for work in progress, and writes the totals to the database. */
    @Override
    public void close() {
        closed = true;
        timer.shutdownNow();
        background.shutdownNow();
        try {
            if (!timer.awaitTermination(10, TimeUnit.SECONDS) || !background.awaitTermination(10, TimeUnit.SECONDS)) {
                log.warn("Storage totals are still being written");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        if (tracking) {
            try {
                flush();
                table.settle();
            } catch (RuntimeException e) {
                log.warn("Storage totals could not be written; the next start recounts", e);
            }
        }
    }
}
