package dev.slipway.core.store.objects;

import dev.slipway.core.Failure;
import dev.slipway.core.s3.ListPage;
import dev.slipway.core.s3.ListRequest;
import dev.slipway.core.s3.S3Operations;
import dev.slipway.core.store.ObjectInfo;
import dev.slipway.core.store.ObjectKey;
import dev.slipway.core.store.ObjectPage;
import dev.slipway.core.store.StoreException;
import dev.slipway.core.store.requests.StoreFailures;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Semaphore;
import org.jspecify.annotations.Nullable;

/** Pages of listings, as many at a time as the heap can hold. Safe for use by several threads. */
final class ObjectListings {
    /** Listings of at most so many entries need little memory. */
    private static final int FEW = 200;

    /**
     * A page of 1,000 keys of 1,024 bytes takes some 6 MiB while the SDK reads it. One large listing is admitted at a
     * time for each so many bytes of the heap.
     */
    private static final long HEAP_OF_A_LISTING = 32 << 20;

    private static final int LEAST_LISTINGS = 4;
    private static final int MOST_LISTINGS = 128;

    /** Callers that check whether the store answers will soon check again. */
    private static final Duration CHECK_LIMIT = Duration.ofSeconds(15);

    private final S3Operations client;

    /** For requests that the store answers promptly or not at all. */
    private final Duration answerLimit;

    /** A permit for each large page that is being fetched. */
    private final Semaphore largePages = new Semaphore(
            Math.clamp(Runtime.getRuntime().maxMemory() / HEAP_OF_A_LISTING, LEAST_LISTINGS, MOST_LISTINGS), true);

    ObjectListings(S3Operations client, Duration answerLimit) {
        this.client = client;
        this.answerLimit = answerLimit;
    }

    /** Merges pages that the store returns short or empty although there are more keys. */
    ObjectPage list(String bucket, String prefix, boolean delimited, @Nullable String cursor, int limit)
            throws StoreException {
        ObjectPage page = page(new ListRequest(bucket, prefix, delimited, null, cursor, limit), answerLimit);
        int count = page.objects().size() + page.prefixes().size();
        if (page.next() == null || count >= limit) {
            return page;
        }
        List<ObjectInfo> objects = new ArrayList<>(page.objects());
        List<String> prefixes = new ArrayList<>(page.prefixes());
        String next = page.next();
        while (next != null && count < limit) {
            ObjectPage more = page(new ListRequest(bucket, prefix, delimited, null, next, limit - count), answerLimit);
            if (next.equals(more.next())) {
                throw new StoreException(
                        Failure.UNAVAILABLE, "LIST s3://" + bucket + "/" + prefix + ": the listing makes no progress");
            }
            objects.addAll(more.objects());
            prefixes.addAll(more.prefixes());
            count = objects.size() + prefixes.size();
            next = more.next();
        }
        return new ObjectPage(objects, prefixes, next);
    }

    ObjectPage listAfter(ObjectKey after, String prefix, boolean delimited, int limit) throws StoreException {
        return page(new ListRequest(after.bucket(), prefix, delimited, after.key(), null, limit), answerLimit);
    }

    /** Fails unless the bucket can be listed. */
    void check(String bucket) throws StoreException {
        var _ = page(new ListRequest(bucket, "", true, null, null, 1), CHECK_LIMIT);
    }

    /**
     * Waits while as many pages are being fetched as the heap can hold. Waiters hold no other resource that is awaited.
     */
    private void awaitListing(String what) throws StoreException {
        try {
            largePages.acquire();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new StoreException(Failure.ABORTED, what + ": interrupted", e);
        }
    }

    private ObjectPage page(ListRequest request, Duration patience) throws StoreException {
        String what = "LIST s3://" + request.bucket() + "/" + request.prefix();
        ListPage page;
        boolean large = request.limit() > FEW;
        if (large) {
            awaitListing(what);
        }
        try {
            page = StoreFailures.await(client.list(request), what, patience);
        } catch (StoreException e) {
            // A prefix without keys gives an empty listing: a 404 does not come from the bucket.
            throw e.failure() == Failure.NOT_FOUND ? new StoreException(Failure.UNAVAILABLE, e.getMessage(), e) : e;
        } finally {
            if (large) {
                largePages.release();
            }
        }
        List<ObjectInfo> objects = new ArrayList<>(page.objects().size());
        for (ListPage.Entry object : page.objects()) {
            objects.add(new ObjectInfo(object.key(), object.size(), object.etag(), object.lastModified()));
        }
        return new ObjectPage(objects, page.prefixes(), page.next());
    }
}
