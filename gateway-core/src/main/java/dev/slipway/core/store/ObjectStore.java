package dev.slipway.core.store;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/**
 * An object store with S3's semantics, as the file system uses it: flat keys, whole objects, no rename. All calls
 * block. Thread-safe. All failures are {@link StoreException}s; an unreachable store is {@link
 * dev.slipway.core.Failure#UNAVAILABLE} and never looks like a missing object or an empty listing.
 */
public interface ObjectStore extends AutoCloseable {
    /** The prefix of keys that are written briefly to find out what a store can do. */
    String PROBE_PREFIX = ".slipway-probe-";

    /** Returns the newest version of an object, or empty if it does not exist. */
    Optional<ObjectInfo> head(ObjectKey key) throws StoreException;

    /**
     * Returns one page of the keys under a prefix. It has fewer entries than the limit only if there are no more: short
     * or empty pages, which S3 may return, are merged.
     *
     * @param prefix matched literally: for a directory, pass it with its trailing {@code /}
     * @param delimited whether keys with a {@code /} after the prefix are folded into common prefixes
     * @param cursor {@link ObjectPage#next()} of the previous page, or null for the first page
     * @param limit the most entries to return, 1 to 1000; at least 2 if it matters whether there are more, since MinIO,
     *     asked for one, returns a directory's marker as if it were all
     */
    ObjectPage list(String bucket, String prefix, boolean delimited, @Nullable String cursor, int limit)
            throws StoreException;

    /**
     * Returns the keys under a prefix that follow a key.
     *
     * @param after begins with the prefix; need not exist
     * @param delimited whether keys with a {@code /} after the prefix are folded into common prefixes
     * @param limit the most entries to return, 2 to 1000. The page may have fewer although there are more
     */
    ObjectPage listAfter(ObjectKey after, String prefix, boolean delimited, int limit) throws StoreException;

    /** Returns the keys under a prefix that follow a key, folded at {@code /} into common prefixes. */
    default ObjectPage listAfter(ObjectKey after, String prefix, int limit) throws StoreException {
        return listAfter(after, prefix, true, limit);
    }

    /**
     * Opens the newest version of an object, with the request that fetches its first bytes.
     *
     * @param offset where reading will begin, in bytes from the beginning; an object that ends before it is opened at
     *     its end
     * @param account the account that reads
     * @return empty if there is no such object
     * @throws StoreException {@link dev.slipway.core.Failure#BUSY} if no memory is free: this does not wait for memory.
     *     {@link #head} followed by {@link #read(ObjectInfo, long, String)} does
     */
    Optional<ObjectReader> open(ObjectKey key, long offset, String account) throws StoreException;

    /**
     * Reads a version from an offset on. Makes no request before the first read.
     *
     * @param version the version to read, as {@link #head} or {@link #list} returned it
     * @param offset bytes from the beginning, 0 to the version's size
     * @param account the account that reads
     * @throws StoreException {@link dev.slipway.core.Failure#BUSY} if no memory became free within 30 seconds
     */
    ObjectReader read(ObjectInfo version, long offset, String account) throws StoreException;

    /**
     * Reads a range of a version. Makes no request before the first read.
     *
     * @param offset bytes from the beginning, 0 to {@code end}
     * @param end the end of the range, exclusive, in bytes from the beginning; at most the version's size
     * @param wait how long to wait for memory; zero to not wait at all
     * @throws StoreException {@link dev.slipway.core.Failure#BUSY} if no memory became free in that time
     */
    ObjectReader read(ObjectInfo version, long offset, long end, String account, Duration wait) throws StoreException;

    /** Reads a version for the gateway itself. */
    default ObjectReader read(ObjectInfo version, long offset) throws StoreException {
        return read(version, offset, UploadOwner.NOBODY.account());
    }

    /**
     * Starts an object. Reserves memory for one part here, and never later.
     *
     * @param owner the account that uploads
     * @param wait how long to wait for that memory; zero to not wait at all
     * @throws StoreException {@link dev.slipway.core.Failure#BUSY} if no memory became free in that time
     */
    ObjectWriter write(ObjectKey key, ObjectAttributes attributes, UploadOwner owner, Duration wait)
            throws StoreException;

    /**
     * Starts a new version of an object, which may retain bytes of the current one: see {@link ObjectWriter#retain}.
     * The object's attributes (metadata, tags, storage class) stay, except for a time in the metadata.
     *
     * @param base the current version, as {@link #head} returned it
     * @param owner with this version as its base
     * @param wait as for {@link #write}
     * @throws StoreException {@link dev.slipway.core.Failure#CONFLICT} if it is no longer the newest
     */
    ObjectWriter change(ObjectInfo base, UploadOwner owner, Duration wait) throws StoreException;

    /**
     * Returns the interrupted upload of a key that an account can resume. Blocks for requests only if the restart
     * offset is not known yet, which happens after the gateway was killed.
     */
    Optional<InterruptedUpload> interrupted(ObjectKey key, String account) throws StoreException;

    /** Returns all interrupted uploads below a prefix that an account can resume; see {@link #interrupted}. */
    List<InterruptedUpload> interruptedBelow(String bucket, String prefix, String account) throws StoreException;

    /**
     * Resumes an interrupted upload. Parts after the offset are written again.
     *
     * @param offset the restart offset, or the end of an earlier part
     * @param wait as for {@link #write}
     * @throws StoreException {@link dev.slipway.core.Failure#UNSUPPORTED} if no part ends there; {@link
     *     dev.slipway.core.Failure#CONFLICT} if somebody else has resumed the upload, or it no longer exists
     */
    ObjectWriter resume(InterruptedUpload upload, long offset, Duration wait) throws StoreException;

    /** Gives up an interrupted upload, unless somebody has resumed it. It is aborted in the background. */
    void discard(InterruptedUpload upload);

    /**
     * Returns the CRC-32 of a whole object if the store has it.
     *
     * @throws StoreException {@link dev.slipway.core.Failure#CONFLICT} if there is another version by now
     */
    OptionalInt crc32(ObjectInfo version) throws StoreException;

    /** Starts an object that belongs to no account. */
    default ObjectWriter write(ObjectKey key, ObjectAttributes attributes, Duration wait) throws StoreException {
        return write(key, attributes, UploadOwner.NOBODY, wait);
    }

    /**
     * Copies a version with its attributes on the store's side; a large object in parts, if the store supports that.
     *
     * @param from the version to copy; the failure is {@link dev.slipway.core.Failure#CONFLICT} if it is no longer the
     *     newest
     */
    ObjectInfo copy(ObjectInfo from, ObjectKey to, WriteCondition condition) throws StoreException;

    /** How many concurrent calls of {@link #copy} are useful; more wait for each other. */
    default int copiesAtOnce() {
        return 64;
    }

    /**
     * Deletes objects; a key without an object is no error.
     *
     * @param keys any number of keys of one bucket
     */
    void delete(List<ObjectKey> keys) throws StoreException;

    /**
     * Deletes versions that were just listed or looked up, unless they have been replaced since. The store compares, if
     * it can; otherwise it deletes the current version, so callers should look as late as possible. A key without an
     * object is no error.
     *
     * @param versions any number of one bucket, as {@link #head} or {@link #list} just returned them
     * @return the keys that have another version by now and were not deleted
     */
    List<ObjectKey> deleteUnchanged(List<ObjectInfo> versions) throws StoreException;

    /** Returns the newest version of an object if it is what the store was asked to complete; empty otherwise. */
    Optional<StoredVersion> find(UploadJournal.Commit commit) throws StoreException;

    /** Writes an empty object: a directory's marker. */
    void putMarker(ObjectKey key) throws StoreException;

    /** Returns the multipart uploads of exactly this key that were neither completed nor aborted. */
    List<PendingUpload> pendingUploads(ObjectKey key) throws StoreException;

    /** Aborts a multipart upload; an unknown upload id is no error. */
    void abort(PendingUpload upload) throws StoreException;

    /** The size of the largest object that can be written, in bytes. */
    long largestObject();

    /** Checks whether a bucket can be used now. */
    void check(String bucket) throws StoreException;

    @Override
    void close();
}
