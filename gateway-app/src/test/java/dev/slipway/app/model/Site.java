package dev.slipway.app.model;

import dev.slipway.app.Gateway;
import dev.slipway.app.RunningGateway;
import dev.slipway.app.config.ConfigurationException;
import dev.slipway.testing.FaultProxy;
import dev.slipway.testing.Folders;
import dev.slipway.testing.RequestFault;
import dev.slipway.testing.S3Bucket;
import dev.slipway.testing.S3Endpoint;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicInteger;
import software.amazon.awssdk.services.s3.S3AsyncClient;
import software.amazon.awssdk.services.s3.model.MultipartUpload;
import software.amazon.awssdk.services.s3.model.S3Object;

/** A gateway before a bucket, with a network between them that can fail, and a view of the bucket behind its back. */
final class Site implements AutoCloseable {
    static final String USER = "anna";
    static final String PASSWORD = "secret-of-anna";
    static final int TIMEOUT_MILLIS = 60_000;

    private static final Duration LIMIT = Duration.ofMillis(TIMEOUT_MILLIS);

    private final S3Endpoint store;
    private final String bucketName;
    private final S3AsyncClient client;
    private final FaultProxy network;
    private final Path state;
    private final AtomicInteger programs = new AtomicInteger();
    private Gateway gateway;

    /** Starts the gateway. */
    Site(S3Bucket bucket) throws IOException, InterruptedException {
        this.store = bucket.endpoint();
        this.bucketName = bucket.name();
        this.state = Files.createTempDirectory("slipway-model");
        this.client = store.newClient();
        this.network = FaultProxy.http(store.uri());
        this.gateway = start(0, 0);
    }

    private Gateway start(int ftpsPort, int sftpPort) throws IOException, InterruptedException {
        Gateway started = startedOn(ftpsPort, sftpPort);
        if (!started.awaitReady(LIMIT)) {
            started.close();
            throw new IOException("the gateway did not reach the store");
        }
        return started;
    }

    private Gateway startedOn(int ftpsPort, int sftpPort) throws IOException {
        try {
            return Gateway.builder()
                    .endpoint(network.uri())
                    .region(store.region())
                    .credentials(store.accessKey(), store.secretKey())
                    .bucket(bucketName)
                    .account(USER, PASSWORD)
                    .set("accounts[0].resume", "stat")
                    .stateDirectory(state)
                    .bind("127.0.0.1")
                    .explicitPort(ftpsPort)
                    .set("ftps.implicitPort", "off")
                    .passivePorts(0, 0)
                    .sftpPort(sftpPort)
                    .set("s3.probe", "false")
                    .set("s3.requestTimeout", "2s")
                    .set("memory.parts", "64MiB")
                    .set("memory.firstPart", "5MiB")
                    .set("memory.downloads", "32MiB")
                    .start();
        } catch (ConfigurationException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Stops the gateway and starts it again, on the same ports and with the same state. */
    void restart() throws IOException {
        int ftps = ftpsPort();
        int sftp = sftpPort();
        gateway.close();
        try {
            gateway = start(ftps, sftp);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException(e);
        }
    }

    int ftpsPort() {
        return gateway.explicitPort().orElseThrow();
    }

    int sftpPort() {
        return gateway.sftpPort().orElseThrow();
    }

    /** The name of a directory that no program has had. */
    String newDirectory() {
        return "/p" + programs.incrementAndGet();
    }

    /** Has the store fail the next request in one of three ways, which leave it unknown whether it was carried out. */
    void failOneRequest(int how) {
        network.failNext(
                1,
                _ -> true,
                switch (Math.floorMod(how, 3)) {
                    case 0 -> RequestFault.slowDown();
                    case 1 -> new RequestFault.Reset();
                    default -> RequestFault.loseReply();
                });
    }

    void cutOffStore() throws IOException {
        network.refuse();
    }

    void reachStoreAgain() throws IOException {
        network.pass();
    }

    /** Waits until no transfer is open, since the gateway learns of a connection's end when it comes by. */
    void awaitRest() throws IOException {
        try {
            RunningGateway.awaitNoMemoryInUse(gateway);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException(e);
        }
    }

    /** The keys below a directory, without its own. */
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

    @Override
    public void close() throws IOException {
        gateway.close();
        network.close();
        client.close();
        Folders.delete(state);
    }
}
