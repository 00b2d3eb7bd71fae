package dev.slipway.core.store.s3;

import dev.slipway.core.s3.ListPartsRequest;
import dev.slipway.core.s3.S3Operations;
import dev.slipway.core.setting.SettingsBuilder;
import dev.slipway.core.state.AttributeTable;
import dev.slipway.core.state.StateDatabase;
import dev.slipway.core.state.UploadOutbox;
import dev.slipway.core.state.UploadTable;
import dev.slipway.core.store.PartPool;
import dev.slipway.core.store.PendingUpload;
import dev.slipway.core.store.objects.S3ObjectStore;
import dev.slipway.core.store.objects.StoreOptions;
import dev.slipway.core.store.upload.PartSizes;
import dev.slipway.testing.S3Endpoint;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;

/** A production object store for a test's S3 server, with its memory and journal. */
public final class TestStore implements AutoCloseable {
    public static final long PART_BYTES = 5L << 20;

    private final StateDatabase database;
    private final PartPool parts;
    private final PartPool readAhead = PartPool.forDownloads(64L << 20);
    private final UploadTable journal;
    private final S3ObjectStore store;

    public TestStore(S3Endpoint endpoint, Path folder) {
        this(endpoint, folder, 64L << 20);
    }

    public TestStore(TestBucket bucket, Path folder) {
        this(bucket, folder, 64L << 20);
    }

    /** @param partMemory bytes for all parts at once */
    public TestStore(TestBucket bucket, Path folder, long partMemory) {
        this(bucket, folder, partMemory, StoreOptions.DEFAULT.copyLimit(), StoreOptions.DEFAULT.copyPart());
    }

    /**
     * @param copyLimit the largest object that is copied in one call
     * @param copyPart the size of the parts of larger copies
     */
    public TestStore(TestBucket bucket, Path folder, long partMemory, long copyLimit, long copyPart) {
        this(
                bucket.connect(Duration.ofSeconds(10)),
                TestState.open(folder),
                partMemory,
                sizes(partMemory),
                copyLimit,
                copyPart);
    }

    /** @param partMemory bytes for all parts at once */
    public TestStore(S3Endpoint endpoint, Path folder, long partMemory) {
        this(endpoint, folder, partMemory, StoreOptions.DEFAULT.copyLimit(), StoreOptions.DEFAULT.copyPart());
    }

    /**
     * @param copyLimit the largest object that is copied in one call
     * @param copyPart the size of the parts of larger copies
     */
    public TestStore(S3Endpoint endpoint, Path folder, long partMemory, long copyLimit, long copyPart) {
        this(endpoint, folder, partMemory, sizes(partMemory), copyLimit, copyPart, Duration.ofSeconds(10));
    }

    /** A store with its state in any database, which it closes. */
    public static TestStore with(StateDatabase database, TestBucket bucket) {
        return with(database, bucket, UploadOutbox.NONE);
    }

    /** A store with its state in any database, which it closes, and with somebody who is told of completed uploads. */
    public static TestStore with(StateDatabase database, TestBucket bucket, UploadOutbox outbox) {
        return new TestStore(
                bucket.connect(Duration.ofSeconds(10)),
                database,
                64L << 20,
                sizes(64L << 20),
                StoreOptions.DEFAULT.copyLimit(),
                StoreOptions.DEFAULT.copyPart(),
                outbox);
    }

    /** Kills the gateway: only closes the database, and with it its lock. The rest is to be closed later. */
    public void kill() {
        database.close();
    }

    /** A store with short time-outs. */
    public static TestStore impatient(S3Endpoint endpoint, Path folder) {
        return new TestStore(
                endpoint,
                folder,
                64L << 20,
                sizes(64L << 20),
                StoreOptions.DEFAULT.copyLimit(),
                StoreOptions.DEFAULT.copyPart(),
                Duration.ofSeconds(1));
    }

    /** A store whose first parts have another size. */
    public static TestStore withPartBytes(S3Endpoint endpoint, Path folder, long partMemory, long partBytes) {
        return withSizes(endpoint, folder, partMemory, new PartSizes(partBytes, partMemory / 4, false));
    }

    /**
     * A store with parts of the default size, which copies small ranges.
     *
     * @param equal whether all parts must have the same size
     */
    public static TestStore forChanges(TestBucket bucket, Path folder, boolean equal) {
        return new TestStore(
                bucket.connect(Duration.ofSeconds(10)),
                TestState.open(folder),
                64L << 20,
                new PartSizes(8L << 20, 16L << 20, equal),
                StoreOptions.DEFAULT.copyLimit(),
                6L << 20);
    }

    /** A store each of whose parts is twice as large as the previous one. */
    public static TestStore withGrowingParts(S3Endpoint endpoint, Path folder, long partMemory) {
        return withSizes(endpoint, folder, partMemory, new PartSizes(PART_BYTES, partMemory / 4, false, 1));
    }

    private static TestStore withSizes(S3Endpoint endpoint, Path folder, long partMemory, PartSizes sizes) {
        return new TestStore(
                endpoint,
                folder,
                partMemory,
                sizes,
                StoreOptions.DEFAULT.copyLimit(),
                StoreOptions.DEFAULT.copyPart(),
                Duration.ofSeconds(60));
    }

    /** The settings of a server, as a gateway would have them. */
    public static SettingsBuilder<S3Settings> settings(S3Endpoint endpoint) {
        return S3Settings.builder()
                .set("endpoint", endpoint.uri())
                .set("region", endpoint.region())
                .set("accessKey", endpoint.accessKey())
                .set("secretKey", endpoint.secretKey());
    }

    /** A store with special settings, which copies objects larger than a part in parts. */
    static TestStore with(S3Access access, Path folder) {
        return new TestStore(
                TestBucket.server(access), TestState.open(folder), 64L << 20, sizes(64L << 20), PART_BYTES, PART_BYTES);
    }

    private static PartSizes sizes(long partMemory) {
        return new PartSizes(PART_BYTES, partMemory / 4, false);
    }

    private TestStore(
            S3Endpoint endpoint,
            Path folder,
            long partMemory,
            PartSizes sizes,
            long copyLimit,
            long copyPart,
            Duration timeout) {
        this(
                TestBucket.server(endpoint).apply(timeout),
                TestState.open(folder),
                partMemory,
                sizes,
                copyLimit,
                copyPart);
    }

    private TestStore(
            TestBucket.Connection connection,
            StateDatabase database,
            long partMemory,
            PartSizes sizes,
            long copyLimit,
            long copyPart) {
        this(connection, database, partMemory, sizes, copyLimit, copyPart, UploadOutbox.NONE);
    }

    private TestStore(
            TestBucket.Connection connection,
            StateDatabase database,
            long partMemory,
            PartSizes sizes,
            long copyLimit,
            long copyPart,
            UploadOutbox outbox) {
        this.database = database;
        journal = new UploadTable(database, Clock.systemUTC(), 1000, outbox);
        parts = PartPool.forUploads(partMemory);
        store = new S3ObjectStore(
                connection.client(),
                connection.signer(),
                connection.options().withCopySizes(copyLimit, copyPart),
                parts,
                sizes,
                readAhead,
                journal);
    }

    public S3ObjectStore store() {
        return store;
    }

    public PartPool parts() {
        return parts;
    }

    public PartPool readAhead() {
        return readAhead;
    }

    public AttributeTable attributes() {
        return new AttributeTable(database);
    }

    public UploadTable journal() {
        return journal;
    }

    /** How many parts the store has of an upload. */
    public static int partsOf(TestBucket bucket, PendingUpload upload) {
        try (S3Operations client = bucket.connect()) {
            return client.listParts(new ListPartsRequest(upload.key(), upload.uploadId(), 0, 1000))
                    .join()
                    .parts()
                    .size();
        }
    }

    public StateDatabase database() {
        return database;
    }

    @Override
    public void close() {
        store.close();
        database.close();
    }
}
