package dev.slipway.core.quota;

import dev.slipway.core.account.AccountLimits;
import dev.slipway.core.store.ObjectInfo;
import dev.slipway.core.store.ObjectKey;
import dev.slipway.core.store.ObjectStore;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The quota reserved for an object that is about to be stored, by an account with or without a quota. */
final class UploadReservation implements Ledger.Watcher {
    private static final Logger log = LoggerFactory.getLogger(UploadReservation.class);

    private final StorageQuotas quotas;
    private final Ledger ledger;
    private final String account;
    private final ObjectKey key;
    private final Ledger.Held held;

    /** The request for the size of the replaced object; null if none was necessary. */
    private final @Nullable Future<Long> asked;

    /** The size of the replaced object. Changes by others override the requested size, which is older. */
    private final AtomicReference<@Nullable Long> old = new AtomicReference<>();

    /**
     * @param background runs the request for the size of the replaced object, if it is not known
     * @param store receives that request
     */
    UploadReservation(
            StorageQuotas quotas,
            String account,
            ObjectKey key,
            KnownObjectSizes knownSizes,
            ExecutorService background,
            ObjectStore store) {
        this.quotas = quotas;
        this.ledger = quotas.ledger();
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
            quotas.doubt(key);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            quotas.doubt(key);
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
        StorageQuotas.Holder holder = quotas.holder(account);
        quotas.readInterrupted();
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

    private Optional<Ledger.Refusal> attempt(StorageQuotas.@Nullable Holder holder, long size, long replacing) {
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
