package dev.slipway.core.store;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/** Forwards all calls to another store. Subclasses override the calls that they change. */
public abstract class ForwardingStore implements ObjectStore {
    protected final ObjectStore store;

    protected ForwardingStore(ObjectStore store) {
        this.store = store;
    }

    @Override
    public Optional<ObjectInfo> head(ObjectKey key) throws StoreException {
        return store.head(key);
    }

    @Override
    public ObjectPage list(String bucket, String prefix, boolean delimited, @Nullable String cursor, int limit)
            throws StoreException {
        return store.list(bucket, prefix, delimited, cursor, limit);
    }

    @Override
    public ObjectPage listAfter(ObjectKey after, String prefix, boolean delimited, int limit) throws StoreException {
        return store.listAfter(after, prefix, delimited, limit);
    }

    @Override
    public Optional<ObjectReader> open(ObjectKey key, long offset, String account) throws StoreException {
        return store.open(key, offset, account);
    }

    @Override
    public ObjectReader read(ObjectInfo version, long offset, String account) throws StoreException {
        return store.read(version, offset, account);
    }

    @Override
    public ObjectReader read(ObjectInfo version, long offset, long end, String account, Duration wait)
            throws StoreException {
        return store.read(version, offset, end, account, wait);
    }

    @Override
    public ObjectWriter write(ObjectKey key, ObjectAttributes attributes, UploadOwner owner, Duration wait)
            throws StoreException {
        return store.write(key, attributes, owner, wait);
    }

    @Override
    public ObjectWriter change(ObjectInfo base, UploadOwner owner, Duration wait) throws StoreException {
        return store.change(base, owner, wait);
    }

    @Override
    public Optional<InterruptedUpload> interrupted(ObjectKey key, String account) throws StoreException {
        return store.interrupted(key, account);
    }

    @Override
    public List<InterruptedUpload> interruptedBelow(String bucket, String prefix, String account)
            throws StoreException {
        return store.interruptedBelow(bucket, prefix, account);
    }

    @Override
    public ObjectWriter resume(InterruptedUpload upload, long offset, Duration wait) throws StoreException {
        return store.resume(upload, offset, wait);
    }

    @Override
    public void discard(InterruptedUpload upload) {
        store.discard(upload);
    }

    @Override
    public OptionalInt crc32(ObjectInfo version) throws StoreException {
        return store.crc32(version);
    }

    @Override
    public ObjectInfo copy(ObjectInfo from, ObjectKey to, WriteCondition condition) throws StoreException {
        return store.copy(from, to, condition);
    }

    @Override
    public void delete(List<ObjectKey> keys) throws StoreException {
        store.delete(keys);
    }

    @Override
    public List<ObjectKey> deleteUnchanged(List<ObjectInfo> versions) throws StoreException {
        return store.deleteUnchanged(versions);
    }

    @Override
    public Optional<StoredVersion> find(UploadJournal.Commit commit) throws StoreException {
        return store.find(commit);
    }

    @Override
    public void putMarker(ObjectKey key) throws StoreException {
        store.putMarker(key);
    }

    @Override
    public List<PendingUpload> pendingUploads(ObjectKey key) throws StoreException {
        return store.pendingUploads(key);
    }

    @Override
    public void abort(PendingUpload upload) throws StoreException {
        store.abort(upload);
    }

    @Override
    public long largestObject() {
        return store.largestObject();
    }

    @Override
    public void check(String bucket) throws StoreException {
        store.check(bucket);
    }

    @Override
    public void close() {
        store.close();
    }

    @Override
    public int copiesAtOnce() {
        return store.copiesAtOnce();
    }
}
