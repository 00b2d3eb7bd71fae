package dev.slipway.core.quota;

import dev.slipway.core.Failure;
import dev.slipway.core.store.ForwardingStore;
import dev.slipway.core.store.InterruptedUpload;
import dev.slipway.core.store.ObjectAttributes;
import dev.slipway.core.store.ObjectInfo;
import dev.slipway.core.store.ObjectKey;
import dev.slipway.core.store.ObjectPage;
import dev.slipway.core.store.ObjectStore;
import dev.slipway.core.store.ObjectWriter;
import dev.slipway.core.store.StoreException;
import dev.slipway.core.store.UploadOwner;
import dev.slipway.core.store.WriteCondition;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;

/**
 * Delegates to another store and updates the storage totals. The sizes of replaced and removed objects are usually
 * known from requests that are made anyway; otherwise one more request is made, concurrently with the upload.
 */
final class CountedStore extends ForwardingStore {
    private final StorageQuotas quotas;
    private final Ledger ledger;
    private final KnownObjectSizes knownSizes;

    CountedStore(ObjectStore store, StorageQuotas quotas, Ledger ledger, KnownObjectSizes knownSizes) {
        super(store);
        this.quotas = quotas;
        this.ledger = ledger;
        this.knownSizes = knownSizes;
    }

    @Override
    public Optional<ObjectInfo> head(ObjectKey key) throws StoreException {
        Optional<ObjectInfo> found = store.head(key);
        if (ledger.covers(key)) {
            knownSizes.saw(key, found.map(ObjectInfo::size).orElse(Ledger.ABSENT));
        }
        return found;
    }

    /** Includes the key itself: callers list before they replace it. */
    @Override
    public ObjectPage listAfter(ObjectKey after, String prefix, boolean delimited, int limit) throws StoreException {
        String before = delimited && ledger.covers(after) ? KnownObjectSizes.justBefore(after.key()) : null;
        if (before == null) {
            return store.listAfter(after, prefix, delimited, limit);
        }
        ObjectPage page = store.listAfter(new ObjectKey(after.bucket(), before), prefix, delimited, limit);
        knownSizes.saw(after.bucket(), prefix, before, page);
        return new ObjectPage(
                page.objects().stream()
                        .filter(object -> object.key().key().compareTo(after.key()) > 0)
                        .toList(),
                page.prefixes().stream()
                        .filter(name -> name.compareTo(after.key()) > 0)
                        .toList(),
                page.next());
    }

    @Override
    public ObjectWriter write(ObjectKey key, ObjectAttributes attributes, UploadOwner owner, Duration wait)
            throws StoreException {
        return counted(owner.account(), key, () -> store.write(key, attributes, owner, wait));
    }

    /** The retained bytes are already counted. */
    @Override
    public ObjectWriter change(ObjectInfo base, UploadOwner owner, Duration wait) throws StoreException {
        if (ledger.covers(base.key())) {
            knownSizes.saw(base.key(), base.size());
        }
        return counted(owner.account(), base.key(), () -> store.change(base, owner, wait));
    }

    /** Opens a writer. */
    private interface Opening {
        ObjectWriter open() throws StoreException;
    }

    private ObjectWriter counted(String account, ObjectKey key, Opening opening) throws StoreException {
        if (!quotas.concerns(account, key)) {
            return opening.open();
        }
        UploadReservation upload = quotas.begin(account, key);
        boolean begun = false;
        try {
            upload.holdFile();
            ObjectWriter writer = opening.open();
            begun = true;
            return new CountedWriter(quotas, key, writer, upload);
        } finally {
            if (!begun) {
                upload.end();
            }
        }
    }

    @Override
    public ObjectWriter resume(InterruptedUpload interrupted, long offset, Duration wait) throws StoreException {
        ObjectKey key = interrupted.key();
        String account = interrupted.owner().account();
        ObjectWriter writer = store.resume(interrupted, offset, wait);
        if (!quotas.concerns(account, key)) {
            return writer;
        }
        UploadReservation upload = quotas.begin(account, key);
        // The stored bytes of the interrupted upload were counted all the time.
        upload.force(Math.max(0, writer.size() - Ledger.baseBytes(interrupted.owner())));
        quotas.interruptedUploadsChanged();
        return new CountedWriter(quotas, key, writer, upload);
    }

    @Override
    public void discard(InterruptedUpload upload) {
        store.discard(upload);
        quotas.interruptedUploadsChanged();
    }

    /** Callers usually look up the target first, or know that it does not exist. */
    @Override
    public ObjectInfo copy(ObjectInfo from, ObjectKey to, WriteCondition condition) throws StoreException {
        if (!ledger.covers(to)) {
            return store.copy(from, to, condition);
        }
        long old = condition.equals(WriteCondition.IF_ABSENT) ? Ledger.ABSENT : sizeOf(to);
        ledger.begin(to);
        Failure failure = Failure.INTERNAL;
        ObjectInfo copy = null;
        try {
            copy = store.copy(from, to, condition);
            return copy;
        } catch (StoreException e) {
            failure = e.failure();
            throw e;
        } finally {
            if (copy == null) {
                quotas.failed(to, failure);
            } else {
                quotas.changed(to, old, copy.size(), null);
            }
        }
    }

    private long sizeOf(ObjectKey key) throws StoreException {
        OptionalLong seen = knownSizes.find(key);
        return seen.isPresent()
                ? seen.getAsLong()
                : store.head(key).map(ObjectInfo::size).orElse(Ledger.ABSENT);
    }

    @Override
    public void delete(List<ObjectKey> keys) throws StoreException {
        Map<ObjectKey, Long> sizes = new HashMap<>();
        for (ObjectKey key : keys) {
            if (ledger.covers(key)) {
                sizes.put(key, key.key().endsWith("/") ? 0 : sizeOf(key));
            }
        }
        removing(sizes, () -> {
            store.delete(keys);
            return List.of();
        });
    }

    @Override
    public List<ObjectKey> deleteUnchanged(List<ObjectInfo> versions) throws StoreException {
        Map<ObjectKey, Long> sizes = new HashMap<>();
        for (ObjectInfo version : versions) {
            if (ledger.covers(version.key())) {
                sizes.put(version.key(), version.size());
            }
        }
        return removing(sizes, () -> store.deleteUnchanged(versions));
    }

    /** Removes objects and returns the keys that were not removed. */
    private interface Removal {
        List<ObjectKey> run() throws StoreException;
    }

    private List<ObjectKey> removing(Map<ObjectKey, Long> sizes, Removal removal) throws StoreException {
        sizes.keySet().forEach(ledger::begin);
        Failure failure = Failure.INTERNAL;
        List<ObjectKey> left = null;
        try {
            left = removal.run();
            return left;
        } catch (StoreException e) {
            failure = e.failure();
            throw e;
        } finally {
            Set<ObjectKey> stay = left == null ? Set.of() : new HashSet<>(left);
            for (Map.Entry<ObjectKey, Long> removed : sizes.entrySet()) {
                if (left == null) {
                    // Of several objects, some may have been removed.
                    quotas.failed(removed.getKey(), sizes.size() > 1 ? Failure.UNAVAILABLE : failure);
                } else if (stay.contains(removed.getKey())) {
                    quotas.failed(removed.getKey(), Failure.CONFLICT);
                } else {
                    quotas.changed(removed.getKey(), removed.getValue(), Ledger.ABSENT, null);
                }
            }
        }
    }
}
