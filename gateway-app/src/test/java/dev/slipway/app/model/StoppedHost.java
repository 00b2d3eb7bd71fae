package dev.slipway.app.model;

import dev.slipway.app.Gateway;
import dev.slipway.app.RunningGateway;
import dev.slipway.app.config.ConfigurationException;
import dev.slipway.testing.S3Bucket;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;

/** A gateway in this process, which is stopped gracefully. */
final class StoppedHost implements Host {
    private static final Duration LIMIT = Duration.ofMillis(Site.TIMEOUT_MILLIS);

    private final S3Bucket bucket;
    private final Path state;
    private Gateway gateway;

    StoppedHost(S3Bucket bucket, Path state) throws IOException {
        this.bucket = bucket;
        this.state = state;
        this.gateway = start(0, 0);
    }

    private Gateway start(int ftpsPort, int sftpPort) throws IOException {
        Gateway started = startedOn(ftpsPort, sftpPort);
        try {
            if (!started.awaitReady(LIMIT)) {
                started.close();
                throw new IOException("the gateway did not reach the store");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException(e);
        }
        return started;
    }

    private Gateway startedOn(int ftpsPort, int sftpPort) throws IOException {
        try {
            return Gateway.builder()
                    .endpoint(bucket.endpoint().uri())
                    .region(bucket.endpoint().region())
                    .credentials(
                            bucket.endpoint().accessKey(), bucket.endpoint().secretKey())
                    .bucket(bucket.name())
                    .account(Site.USER, Site.PASSWORD)
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

    /** On the same ports. */
    @Override
    public void restart() throws IOException {
        int ftps = ftpsPort();
        int sftp = sftpPort();
        gateway.close();
        gateway = start(ftps, sftp);
    }

    @Override
    public int ftpsPort() {
        return gateway.explicitPort().orElseThrow();
    }

    @Override
    public int sftpPort() {
        return gateway.sftpPort().orElseThrow();
    }

    @Override
    public boolean isKilled() {
        return false;
    }

    @Override
    public void awaitRest() throws IOException {
        try {
            RunningGateway.awaitNoMemoryInUse(gateway);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException(e);
        }
    }

    @Override
    public void close() {
        gateway.close();
    }
}
