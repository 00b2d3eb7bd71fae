package dev.slipway.core.store;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/**
 * An object store with S3's semantics, as the file system uses it: flat keys, whole objects, no rename. All calls block
 * and may be made from any thread. All failures are {@link StoreException}s; a store that cannot be reached is
 * {@link dev.slipway.core.Failure#UNAVAILABLE} and never looks like a missing object or an empty listing.
 */
public interface ObjectStore extends AutoCloseable {
    /** What the keys begin with that are written for a moment to find out what a store can do. */
    String PROBE_PREFIX = ".slipway-probe-";

    /** The newest version of an object, or empty when there is none. */
    Optional<ObjectInfo> head(ObjectKey key) throws StoreException;

    /**
     * One page of the keys under a prefix. It has fewer entries than wanted only if there are no more: where the store
     * itself gives short or empty pages, as S3 may, they are put together.
     *
     * @param prefix matched as it stands: callers who mean a directory pass it with its trailing {@code /}
     * @param delimited whether keys with a {@code /} behind the prefix are folded into common prefixes
     * @param cursor {@link ObjectPage#next()} of the page before, or null for the first page
     * @param limit the most entries wanted, 1 to 1000; at least 2 if it matters whether there are more, since MinIO, asked
     *     for one, gives a directory's marker as if that were all
     */
    ObjectPage list(String bucket, String prefix, boolean delimited, @Nullable String cursor, int limit)
            throws StoreException;

    /**
     * The keys under a prefix that come behind a key.
     *
     * @param after begins with the prefix; need not exist
     * @param delimited whether keys with a {@code /} behind the prefix are folded into common prefixes
     * @param limit the most entries wanted, 2 to 1000. There may be fewer although there are more
     */
    ObjectPage listAfter(ObjectKey after, String prefix, boolean delimited, int limit) throws StoreException;

    /** The keys under a prefix that come behind a key, folded at {@code /} into common prefixes. */
    default ObjectPage listAfter(ObjectKey after, String prefix, int limit) throws StoreException {
        return listAfter(after, prefix, true, limit);
    }

    /**
     * Opens the newest version of an object, with the request that brings its first bytes.
     *
     * @param offset where the reading will begin, in bytes from the beginning; an object that ends before it is opened at
     *     its end
     * @param account for whom
     * @return empty when there is no such object
     * @throws StoreException {@link dev.slipway.core.Failure#BUSY} when there is no memory at this moment: this does not
     *     wait for any, and {@link #head} with {@link #read(ObjectInfo, long, String)} does the same when it is needed
     */
    Optional<ObjectReader> open(ObjectKey key, long offset, String account) throws StoreException;

    /**
     * Reads a version from an offset on. No request is made before the first read.
     *
     * @param version the version to read, as {@link #head} or {@link #list} gave it
     * @param offset bytes from the beginning, 0 to the version's size
     * @param account for whom
     * @throws StoreException {@link dev.slipway.core.Failure#BUSY} when no memory could be had within 30 seconds
     */
    ObjectReader read(ObjectInfo version, long offset, String account) throws StoreException;

    /** Reads a version for the gateway itself. */
    default ObjectReader read(ObjectInfo version, long offset) throws StoreException {
        return read(version, offset, UploadOwner.NOBODY.account());
    }

    /**
     * Starts an object. Memory for one part is reserved here and nowhere later.
     *
     * @param owner whose upload it is
     * @param wait how long to wait for that memory; zero to not wait at all
     * @throws StoreException {@link dev.slipway.core.Failure#BUSY} when no memory could be had in that time
     */
    ObjectWriter write(ObjectKey key, ObjectAttributes attributes, UploadOwner owner, Duration wait)
            throws StoreException;

    /**
     * Starts another version of an object, which may keep bytes of the present one: see {@link ObjectWriter#retain}. What the
     * store keeps beside the bytes stays (metadata, tags, storage class), except for a time in the metadata.
     *
     * @param base the version, as {@link #head} gave it
     * @param owner with this version as its base
     * @param wait as for {@link #write}
     * @throws StoreException {@link dev.slipway.core.Failure#CONFLICT} if it is not the newest any more
     */
    ObjectWriter change(ObjectInfo base, UploadOwner owner, Duration wait) throws StoreException;

    /**
     * The upload of a key that an account can go on with. Blocks for requests only where what the store has of it is not
     * known yet: after the gateway was killed.
     */
    Optional<InterruptedUpload> interrupted(ObjectKey key, String account) throws StoreException;

    /** All uploads of an account below a prefix that it can go on with; see {@link #interrupted}. */
    List<InterruptedUpload> interruptedBelow(String bucket, String prefix, String account) throws StoreException;

    /**
     * Goes on with an upload that was cut off. What the store has of it behind the offset is written again.
     *
     * @param offset where: the upload's bytes, or the end of one of the parts before
     * @param wait as for {@link #write}
     * @throws StoreException {@link dev.slipway.core.Failure#UNSUPPORTED} if no part ends there,
     *     {@link dev.slipway.core.Failure#CONFLICT} if somebody else goes on with it, or it is gone
     */
    ObjectWriter resume(InterruptedUpload upload, long offset, Duration wait) throws StoreException;

    /** Gives up an upload that was cut off, unless somebody goes on with it. It is aborted in the background. */
    void discard(InterruptedUpload upload);

    /**
     * The CRC-32 of a whole object as the store keeps it; empty if it keeps none.
     *
     * @throws StoreException {@link dev.slipway.core.Failure#CONFLICT} if there is another version by now
     */
    OptionalInt crc32(ObjectInfo version) throws StoreException;

    /** Starts an object that is written for no account in particular. */
    default ObjectWriter write(ObjectKey key, ObjectAttributes attributes, Duration wait) throws StoreException {
        return write(key, attributes, UploadOwner.NOBODY, wait);
    }

    /**
     * Copies a version, attributes included, on the server's side; a large one in parts, where the store can do that.
     *
     * @param from the version to copy: {@link dev.slipway.core.Failure#CONFLICT} if it is no longer the newest
     */
    ObjectInfo copy(ObjectInfo from, ObjectKey to, WriteCondition condition) throws StoreException;

    /** How many calls of {@link #copy} are worth making at once; more of them wait for each other. */
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
     * Deletes versions that were just seen, unless they have been replaced since. The store is asked to compare; one that
     * cannot deletes what is there, so the caller looks as shortly before as it can. A key without an object is no error.
     *
     * @param versions any number of one bucket, as {@link #head} or {@link #list} has just given them
     * @return the keys that hold something else by now, and were left alone
     */
    List<ObjectKey> deleteUnchanged(List<ObjectInfo> versions) throws StoreException;

    /** Writes an empty object: a directory's marker. */
    void putMarker(ObjectKey key) throws StoreException;

    /** The multipart uploads of exactly this key that were neither completed nor aborted. */
    List<PendingUpload> pendingUploads(ObjectKey key) throws StoreException;

    /** Aborts a multipart upload; one that is unknown to the store is no error. */
    void abort(PendingUpload upload) throws StoreException;

    /** The largest object that a writer takes, in bytes. */
    long largestObject();

    /** Asks the store whether a bucket can be used at this moment. */
    void check(String bucket) throws StoreException;

    @Override
    void close();
}
