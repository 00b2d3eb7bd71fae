package dev.slipway.conformance;

import dev.slipway.testing.S3Endpoint;
import dev.slipway.testing.S3Product;
import dev.slipway.testing.S3Server;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import software.amazon.awssdk.services.s3.S3AsyncClient;

/** A MinIO with a bucket, and the configurations of its gateways. */
final class Site implements AutoCloseable {
    static final String BUCKET = "conformance";
    static final String PASSWORD = "password-of-the-run";

    private final S3Server store;
    private final S3AsyncClient client;

    Site() throws IOException {
        store = S3Server.start(S3Product.MINIO);
        client = store.endpoint().newClient();
        client.createBucket(request -> request.bucket(BUCKET)).join();
    }

    S3Server store() {
        return store;
    }

    /** A client for direct access to the store. */
    S3AsyncClient client() {
        return client;
    }

    /**
     * Writes the configuration of a gateway.
     *
     * @param folder for it, and for the state
     * @param address where the gateway reaches the store
     * @param accounts the names; the root of each account is the folder of its name
     * @param more further sections
     */
    Path configuration(Path folder, URI address, int adminPort, List<String> accounts, String more) throws IOException {
        S3Endpoint endpoint = store.endpoint();
        List<String> lines = new ArrayList<>();
        for (String account : accounts) {
            lines.add("  - {name: %s, password: %s, mounts: [{prefix: %s/}]}".formatted(account, PASSWORD, account));
        }
        Files.createDirectories(folder);
        return Files.writeString(folder.resolve("slipway.yml"), """
                s3: {endpoint: "%s", region: %s, accessKey: %s, secretKey: %s, bucket: %s}
                ftps: {bind: 127.0.0.1, explicitPort: 0, implicitPort: off, passivePorts: 0}
                sftp: {bind: 127.0.0.1, port: 0}
                admin: {port: %d}
                accounts:
                %s
                %s
                """.formatted(
                        address,
                        endpoint.region(),
                        endpoint.accessKey(),
                        endpoint.secretKey(),
                        BUCKET,
                        adminPort,
                        String.join("\n", lines),
                        more));
    }

    /** A port on which nothing listens, below the range of ephemeral ports. */
    static int freePort() throws IOException {
        for (int attempt = 0; attempt < 50; attempt++) {
            int port = ThreadLocalRandom.current().nextInt(20_000, 30_000);
            try (ServerSocket socket = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
                return socket.getLocalPort();
            } catch (IOException e) {
                // In use: try another one.
            }
        }
        throw new IOException("found no free port");
    }

    @Override
    public void close() throws IOException {
        client.close();
        store.close();
    }
}
