package dev.slipway.core.s3.memory;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import dev.slipway.core.s3.S3Exception;
import dev.slipway.core.s3.S3Operations;
import java.time.Clock;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Function;

/**
 * A store in the memory of this process, with S3's semantics: ETags, including those of multipart uploads, minimum part
 * size, conditions, checksums, paging, and archive classes whose objects must be restored first. It keeps only the
 * newest version of an object, and everything is lost with the process.
 *
 * <p>Thread-safe, also for several clients.
 */
public final class MemoryS3 {
    /** The minimum size of a part except the last, in bytes. */
    static final long LEAST_PART_BYTES = 5L << 20;

    private final Clock clock;

    @GuardedBy("this")
    private final Map<String, MemoryBucket> buckets = new HashMap<>();

    @GuardedBy("this")
    private long uploads;

    /** A store without buckets. */
    public MemoryS3() {
        this(Clock.systemUTC());
    }

    /** @param clock the store's clock */
    public MemoryS3(Clock clock) {
        this.clock = clock;
    }

    /** Creates a bucket, unless it exists. */
    public synchronized MemoryS3 createBucket(String name) {
        buckets.computeIfAbsent(name, MemoryBucket::new);
        return this;
    }

    /**
     * Returns a client of this store, whose requests are answered on its own threads. Closing it does not affect the
     * store.
     */
    public S3Operations connect() {
        return new MemoryClient(this);
    }

    /** Runs an action on a bucket, atomically. */
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

    /** Returns the next upload id; ids sort in the order in which uploads begin. */
    synchronized String nextUpload() {
        uploads++;
        return "upload-%010d".formatted(uploads);
    }
}
