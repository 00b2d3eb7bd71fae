package dev.slipway.app;

import dev.slipway.testing.Patience;
import dev.slipway.testing.S3Bucket;
import java.net.URI;
import java.nio.file.Path;

/** Gateways for tests, on free ports of the loopback address and with the account of {@link Protocol}. */
public final class RunningGateway {
    private RunningGateway() {}

    /**
     * A gateway with small parts, whose account cannot resume interrupted uploads: leftovers are looked for.
     *
     * @param store the store's address: the bucket's endpoint, or a proxy in front of it
     * @param directory the folder in which the gateway's state is kept
     */
    static GatewayBuilder builder(URI store, S3Bucket bucket, Path directory) {
        return Gateway.builder()
                .endpoint(store)
                .region(bucket.endpoint().region())
                .credentials(bucket.endpoint().accessKey(), bucket.endpoint().secretKey())
                .bucket(bucket.name())
                .account(Protocol.USER, Protocol.PASSWORD)
                .set("accounts[0].resume", "off")
                .stateDirectory(directory.resolve("state"))
                .bind("127.0.0.1")
                .explicitPort(0)
                .implicitPort(0)
                .passivePorts(0, 0)
                .sftpPort(0)
                .set("s3.probe", "false")
                .set("memory.parts", "64MiB")
                .set("memory.firstPart", "5MiB")
                .set("memory.downloads", "32MiB");
    }

    /** Waits until every transfer has returned its memory, and so has ended. */
    public static void awaitNoMemoryInUse(Gateway gateway) throws InterruptedException {
        Patience.await(
                "memory is returned",
                () -> gateway.uploadMemory().reservedBytes() == 0
                        && gateway.uploadMemory().usedBytes() == 0
                        && gateway.downloadMemory().reservedBytes() == 0
                        && gateway.downloadMemory().usedBytes() == 0);
    }
}
