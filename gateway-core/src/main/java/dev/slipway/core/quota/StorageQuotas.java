package dev.slipway.core.quota;

import dev.slipway.core.Failure;
import dev.slipway.core.account.Account;
import dev.slipway.core.account.AccountLimits;
import dev.slipway.core.account.Mount;
import dev.slipway.core.state.UsageTable;
import dev.slipway.core.state.UsageTable.Area;
import dev.slipway.core.store.ObjectKey;
import dev.slipway.core.store.ObjectStore;
import dev.slipway.core.store.UploadJournal;
import java.time.Clock;
import java.time.Duration;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The quotas of all accounts, based on running totals of their writable mounts. A total belongs to a prefix of a
 * bucket, so that accounts that share a prefix share the total; of nested mounts the outer one counts. Totals are kept
 * in memory, written to the state database within a second, and recounted in the background at intervals. Nothing is
 * counted if no account has a quota.
 */
public final class StorageQuotas implements Quotas, AutoCloseable {
    /** The delay of a recount after a request with an uncertain outcome; an outage causes many of these. */
    private static final Duration DOUBT = Duration.ofMinutes(10);

    /** The areas that count for an account with a quota. */
    record Holder(Account account, AccountLimits limits, List<Area> areas) {}

    private final ObjectStore store;
    private final ObjectStore counted;
    private final Function<String, Optional<Account>> find;
    private final Supplier<? extends Collection<Account>> accounts;
    private final AccountLimits defaults;
    private final Clock clock;
    private final Ledger ledger = new Ledger();
    private final KnownObjectSizes knownSizes;
    private final ConcurrentHashMap<String, Holder> holders = new ConcurrentHashMap<>();
    private final ExecutorService background = Executors.newVirtualThreadPerTaskExecutor();
    private final StorageTotals totals;

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
        this.find = find;
        this.accounts = accounts;
        this.defaults = defaults;
        this.clock = clock;
        this.knownSizes = new KnownObjectSizes(clock);
        this.counted = new CountedStore(store, this, ledger, knownSizes);
        this.totals = new StorageTotals(ledger, store, journal, table, this::wantedAreas, every, clock, background);
    }

    /** The store that counts; everything that is to be counted must go through it. */
    public ObjectStore store() {
        return counted;
    }

    /** Takes over the totals of an earlier run, and follows the accounts from now on. Blocks for the database. */
    public void start() {
        totals.start();
    }

    /** Follows the accounts, writes totals to the database, and starts due recounts. */
    void tick() {
        totals.tick();
    }

    private Set<Area> wantedAreas() {
        Set<Area> wanted = new HashSet<>();
        for (Account account : accounts.get()) {
            if (account.limits().orElse(defaults).hasQuota()) {
                wanted.addAll(areas(account));
            }
        }
        return wanted;
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

    @Nullable
    Holder holder(String name) {
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
        totals.interruptedUploadsChanged();
    }

    /** Brings the interrupted uploads up to date in the ledger. Blocks for the database if they have changed. */
    void readInterrupted() {
        totals.readInterrupted();
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

    /** What is stored under a key is not known for sure; it will be counted. */
    void doubt(ObjectKey key) {
        ledger.doubt(key, clock.instant().plus(DOUBT));
    }

    @Override
    public Optional<Room> room(Account account) {
        Holder holder = holder(account.name());
        if (holder == null) {
            return Optional.empty();
        }
        readInterrupted();
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
        UploadReservation copy = begin(account.name(), key);
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
    UploadReservation begin(String account, ObjectKey key) {
        return new UploadReservation(this, account, key, knownSizes, background, store);
    }

    /** Waits for work in progress, and writes the totals to the database. */
    @Override
    public void close() {
        totals.close();
    }
}
