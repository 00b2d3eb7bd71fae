package dev.slipway.core.archive;

import dev.slipway.core.Failure;
import dev.slipway.core.store.ForwardingStore;
import dev.slipway.core.store.ObjectInfo;
import dev.slipway.core.store.ObjectKey;
import dev.slipway.core.store.ObjectPage;
import dev.slipway.core.store.ObjectReader;
import dev.slipway.core.store.ObjectStore;
import dev.slipway.core.store.ObjectWriter;
import dev.slipway.core.store.StoreException;
import dev.slipway.core.store.UploadOwner;
import dev.slipway.core.store.WriteCondition;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Delegates to another store, and shows archived objects at their original keys, too. An object of the store at the same
 * key wins. Deleting hides the archived object; copying one stores it as an object of its own. An archived object cannot
 * be changed: it must be copied first, which may be to its own key.
 *
 * <p>An upload of an archived object's key does not hide it, as the new object wins anyway; call {@link #replaced} once
 * it is complete, so that it stays gone when that object is deleted by others.
 *
 * <p>Besides the failures of the store, all calls throw {@link dev.slipway.core.state.StateException} if the state
 * database fails.
 */
public final class ArchivedStore extends ForwardingStore {
    private static final Duration WAIT = Duration.ofSeconds(30);

    private static final Logger log = LoggerFactory.getLogger(ArchivedStore.class);

    private final ArchivedObjects archived;
    private final MemberReads reads;
    private final Extraction extraction;

    /** @param store remains the caller's: closing this does not close it */
    public ArchivedStore(ObjectStore store, ArchivedObjects archived) {
        super(store);
        this.archived = archived;
        this.reads = new MemberReads(store, archived);
        this.extraction = new Extraction(store, archived, reads);
    }

    private Optional<ArchivedObject> find(ObjectKey key) {
        return key.key().endsWith("/") || !archived.anyIn(key.bucket()) ? Optional.empty() : archived.find(key);
    }

    @Override
    public Optional<ObjectInfo> head(ObjectKey key) throws StoreException {
        Optional<ObjectInfo> found = store.head(key);
        return found.isPresent() ? found : find(key).map(ArchivedObject::info);
    }

    @Override
    public ObjectPage list(String bucket, String prefix, boolean delimited, @Nullable String cursor, int limit)
            throws StoreException {
        return new MergedListing(store, archived, bucket, prefix, delimited, limit).page(cursor);
    }

    @Override
    public ObjectPage listAfter(ObjectKey after, String prefix, boolean delimited, int limit) throws StoreException {
        return new MergedListing(store, archived, after.bucket(), prefix, delimited, limit).after(after.key());
    }

    @Override
    public Optional<ObjectReader> open(ObjectKey key, long offset, String account) throws StoreException {
        Optional<ObjectReader> opened = store.open(key, offset, account);
        if (opened.isPresent()) {
            return opened;
        }
        Optional<ArchivedObject> member = find(key);
        return member.isEmpty()
                ? Optional.empty()
                : Optional.of(reads.open(
                        member.get(), Math.min(offset, member.get().member().size()), account, Duration.ZERO));
    }

    @Override
    public ObjectReader read(ObjectInfo version, long offset, String account) throws StoreException {
        return ArchivedObject.isArchived(version)
                ? reads.open(version, offset, account, WAIT)
                : store.read(version, offset, account);
    }

    /** Of an archived object, more than the range may be read ahead. */
    @Override
    public ObjectReader read(ObjectInfo version, long offset, long end, String account, Duration wait)
            throws StoreException {
        return ArchivedObject.isArchived(version)
                ? reads.open(version, offset, account, wait)
                : store.read(version, offset, end, account, wait);
    }

    @Override
    public ObjectWriter change(ObjectInfo base, UploadOwner owner, Duration wait) throws StoreException {
        if (ArchivedObject.isArchived(base)) {
            throw new StoreException(Failure.UNSUPPORTED, base.key() + " is in an archive, which cannot be changed");
        }
        return store.change(base, owner, wait);
    }

    @Override
    public OptionalInt crc32(ObjectInfo version) throws StoreException {
        return ArchivedObject.isArchived(version) ? OptionalInt.empty() : store.crc32(version);
    }

    @Override
    public ObjectInfo copy(ObjectInfo from, ObjectKey to, WriteCondition condition) throws StoreException {
        if (condition.equals(WriteCondition.IF_ABSENT) && !to.equals(from.key()) && find(to).isPresent()) {
            throw new StoreException(Failure.CONFLICT, to + " exists, in an archive");
        }
        ObjectInfo copy =
                ArchivedObject.isArchived(from) ? extraction.run(from, to, condition) : store.copy(from, to, condition);
        replaced(to);
        return copy;
    }

    /** Whether a key has an archived object that is not hidden. An object of the store at the same key does not count. */
    public boolean hasMember(ObjectKey key) {
        return find(key).isPresent();
    }

    /** Hides the archived object of a key that has got an object. Never fails: that object wins in any case. */
    public void replaced(ObjectKey key) {
        try {
            if (archived.anyIn(key.bucket())) {
                archived.hide(List.of(key));
            }
        } catch (RuntimeException e) {
            log.warn("{} is stored, but the archived file that it replaces could not be hidden: {}", key, e.toString());
        }
    }

    /** Hides first: if the store then fails, what it has is still shown. */
    @Override
    public void delete(List<ObjectKey> keys) throws StoreException {
        hide(keys);
        store.delete(keys);
    }

    private void hide(List<ObjectKey> keys) {
        if (!keys.isEmpty() && archived.anyIn(keys.getFirst().bucket())) {
            archived.hide(keys);
        }
    }

    @Override
    public List<ObjectKey> deleteUnchanged(List<ObjectInfo> versions) throws StoreException {
        List<ObjectInfo> members =
                versions.stream().filter(ArchivedObject::isArchived).toList();
        if (!members.isEmpty()) {
            archived.hideUnchanged(members);
        }
        List<ObjectInfo> stored = versions.stream()
                .filter(version -> !ArchivedObject.isArchived(version))
                .toList();
        if (stored.isEmpty()) {
            return List.of();
        }
        hide(stored.stream().map(ObjectInfo::key).toList());
        return store.deleteUnchanged(stored);
    }

    @Override
    public void close() {}
}
