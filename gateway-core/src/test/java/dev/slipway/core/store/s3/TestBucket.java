package dev.slipway.core.store.s3;

import dev.slipway.core.s3.S3Operations;
import dev.slipway.core.s3.memory.Faults;
import dev.slipway.core.s3.memory.FaultyS3;
import dev.slipway.core.s3.memory.MemoryS3;
import dev.slipway.core.store.RequestObserver;
import dev.slipway.core.store.RequestSigner;
import dev.slipway.core.store.objects.StoreOptions;
import dev.slipway.testing.S3Bucket;
import dev.slipway.testing.S3Endpoint;
import java.time.Duration;
import java.util.function.Function;

/** An empty bucket for one test, on a real server or in memory. */
public final class TestBucket {
    private static final Duration TIMEOUT = Duration.ofSeconds(10);

    private final String name;
    private final Function<Duration, Connection> server;

    /** A gateway's connection to a store. */
    record Connection(S3Operations client, RequestSigner signer, StoreOptions options) {}

    private TestBucket(String name, Function<Duration, Connection> server) {
        this.name = name;
        this.server = server;
    }

    /** A bucket on a real server. */
    public static TestBucket of(S3Bucket bucket) {
        return new TestBucket(bucket.name(), server(bucket.endpoint()));
    }

    /** A bucket of a store in memory. */
    public static TestBucket inMemory() {
        MemoryS3 memory = new MemoryS3().createBucket("bucket");
        return new TestBucket(
                "bucket", _ -> new Connection(memory.connect(), RequestSigner.none(), StoreOptions.DEFAULT));
    }

    /** The same bucket; requests over any of its connections may meet faults. */
    public TestBucket with(Faults faults) {
        return new TestBucket(name, timeout -> {
            Connection faultless = server.apply(timeout);
            return new Connection(new FaultyS3(faultless.client(), faults), faultless.signer(), faultless.options());
        });
    }

    /** Connects to a real server, with a given request time-out. */
    static Function<Duration, Connection> server(S3Endpoint endpoint) {
        return timeout -> {
            S3Settings settings = TestStore.settings(endpoint)
                    .set("requestTimeout", timeout)
                    .set("copyTimeout", timeout)
                    .build();
            return server(S3Access.of(settings));
        };
    }

    static Connection server(S3Access access) {
        AwsOperations client = AwsOperations.connect(access, RequestObserver.none());
        return new Connection(client, client, S3Stores.options(access));
    }

    /** The bucket's name. */
    public String name() {
        return name;
    }

    /** Returns a client of the bucket's store; the caller closes it. */
    public S3Operations connect() {
        return connect(TIMEOUT).client();
    }

    Connection connect(Duration timeout) {
        return server.apply(timeout);
    }
}
