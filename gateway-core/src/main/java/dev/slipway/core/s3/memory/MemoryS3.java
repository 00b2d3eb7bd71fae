package dev.slipway.core.s3.memory;

import dev.slipway.core.s3.S3Exception;
import dev.slipway.core.s3.S3Operations;
import java.time.Clock;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Function;

/**
 * A store in the memory of this process, with S3's semantics: entity tags, also of what was uploaded in parts, the least
 * size of parts, conditions, checksums, pages, and classes that have to be restored first. It keeps no versions but the
 * newest. What it has is gone with it.
 *
 * <p>Safe for use by several threads and several clients.
 */
public final class MemoryS3 {
    /** S3 takes no smaller part but the last, in bytes. */
    static final long LEAST_PART_BYTES = 5L << 20;

    private final Clock clock;
    private final Map<String, MemoryBucket> buckets = new HashMap<>();
    private long uploads;

    /** One without buckets. */
    public MemoryS3() {
        this(Clock.systemUTC());
    }

    /** @param clock the store's */
    public MemoryS3(Clock clock) {
        this.clock = clock;
    }

    /** Makes a bucket, if there is none of this name. */
    public synchronized MemoryS3 createBucket(String name) {
        buckets.computeIfAbsent(name, MemoryBucket::new);
        return this;
    }

    /** A client of this store, whose requests are answered on threads of its own. Closing it leaves the store as it is. */
    public S3Operations connect() {
        return new MemoryClient(this);
    }

    /** Does something to a bucket, undisturbed by others. */
    synchronized <T> T in(String bucket, Function<MemoryBucket, T> action) {
        MemoryBucket found = buckets.get(bucket);
        if (found == null) {
            throw S3Exception.answer(404, "NoSuchBucket", bucket);
        }
        return action.apply(found);
    }

    Instant now() {
        return clock.instant();
    }

    /** A name for the next upload; in the order in which they begin. */
    synchronized String nextUpload() {
        uploads++;
        return "upload-%010d".formatted(uploads);
    }
}
