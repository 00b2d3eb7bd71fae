package dev.slipway.app.model;

import dev.slipway.testing.FaultProxy;
import dev.slipway.testing.Folders;
import dev.slipway.testing.Patience;
import dev.slipway.testing.RequestFault;
import dev.slipway.testing.S3Bucket;
import dev.slipway.testing.S3Endpoint;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicInteger;
import software.amazon.awssdk.services.s3.S3AsyncClient;
import software.amazon.awssdk.services.s3.model.MultipartUpload;
import software.amazon.awssdk.services.s3.model.S3Object;

/** A gateway in front of a bucket, with a network between them that can fail, and direct access to the bucket. */
final class Site implements AutoCloseable {
    static final String USER = "anna";
    static final String PASSWORD = "secret-of-anna";
    static final int TIMEOUT_MILLIS = Patience.MILLIS;

    private final S3Endpoint store;
    private final String bucketName;
    private final S3AsyncClient client;
    private final FaultProxy network;
    private final Path state;
    private final AtomicInteger programs = new AtomicInteger();
    private final Host host;

    /** Starts a gateway. */
    @FunctionalInterface
    interface Start {
        /**
         * Starts it.
         *
         * @param bucket reached over the network that can fail
         * @param state its own folder
         */
        Host host(S3Bucket bucket, Path state) throws IOException;
    }

    /** Starts the gateway. */
    Site(S3Bucket bucket, Start start) throws IOException {
        this.store = bucket.endpoint();
        this.bucketName = bucket.name();
        this.state = Files.createTempDirectory("slipway-model");
        this.client = store.newClient();
        this.network = FaultProxy.http(store.uri());
        this.host = start.host(new S3Bucket(store.at(network.uri()), bucketName), state);
    }

    Host host() {
        return host;
    }

    /** A new name for a directory. */
    String newDirectory() {
        return "/p" + programs.incrementAndGet();
    }

    /**
     * Makes the store fail the next request, or the next change, in one of three ways. In two of them it is unknown
     * whether the request was performed.
     */
    void failOneRequest(int how) {
        boolean any = how / 3 % 2 == 0;
        network.failNext(
                1,
                request -> any || !Set.of("GET", "HEAD").contains(request.method()),
                switch (how % 3) {
                    case 0 -> RequestFault.slowDown();
                    case 1 -> new RequestFault.Reset();
                    default -> RequestFault.loseReply();
                });
    }

    /** Whether a request that fails in this way is performed, and its answer lost. */
    static boolean losesReply(int how) {
        return how % 3 == 2;
    }

    void cutOffStore() throws IOException {
        network.refuse();
    }

    void reachStoreAgain() throws IOException {
        network.pass();
    }

    /** The keys below a directory, except its own. */
    Set<String> keysBelow(String directory) {
        String prefix = directory.substring(1) + "/";
        Set<String> keys = new TreeSet<>();
        client.listObjectsV2Paginator(request -> request.bucket(bucketName).prefix(prefix))
                .contents()
                .map(S3Object::key)
                .subscribe(keys::add)
                .join();
        keys.remove(prefix);
        return keys;
    }

    /** How many multipart uploads of a file are neither completed nor aborted. */
    long pendingUploads(String path) {
        String key = path.substring(1);
        List<MultipartUpload> uploads = client.listMultipartUploads(
                        request -> request.bucket(bucketName).prefix(key))
                .join()
                .uploads();
        return uploads.stream().filter(upload -> upload.key().equals(key)).count();
    }

    /** How many parts the store has of the uploads of a file that are neither completed nor aborted. */
    int storedParts(String path) {
        String key = path.substring(1);
        return client.listMultipartUploads(request -> request.bucket(bucketName).prefix(key)).join().uploads().stream()
                .filter(upload -> upload.key().equals(key))
                .mapToInt(upload -> client.listParts(
                                request -> request.bucket(bucketName).key(key).uploadId(upload.uploadId()))
                        .join()
                        .parts()
                        .size())
                .sum();
    }

    @Override
    public void close() throws IOException {
        host.close();
        network.close();
        client.close();
        Folders.delete(state);
    }
}
