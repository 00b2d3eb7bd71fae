package dev.slipway.app.embedded;

import dev.slipway.testing.S3Bucket;
import dev.slipway.testing.S3Endpoint;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ExtensionContext.StoreScope;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;

/** Gives each test a new bucket of one embedded store, which ends with the run. */
final class EmbeddedBucket implements ParameterResolver {
    private static final ExtensionContext.Namespace NAMESPACE = ExtensionContext.Namespace.create(EmbeddedBucket.class);

    @Override
    public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
        return parameter.getParameter().getType() == S3Bucket.class;
    }

    @Override
    public Object resolveParameter(ParameterContext parameter, ExtensionContext context) {
        S3Endpoint endpoint = context.getStore(StoreScope.LAUNCHER_SESSION, NAMESPACE)
                .computeIfAbsent("store", _ -> Running.start(), Running.class)
                .endpoint();
        String name = "contract-" + UUID.randomUUID();
        try (var client = endpoint.newClient()) {
            client.createBucket(request -> request.bucket(name)).join();
        }
        return new S3Bucket(endpoint, name);
    }

    private record Running(EmbeddedS3 store, Path folder) implements AutoCloseable {
        static Running start() {
            try {
                // Beside the build rather than in the folder for temporary files, which may be a file system without
                // the extended attributes that the store needs.
                Path folder = Files.createTempDirectory(Path.of("target").toAbsolutePath(), "embedded-");
                InetSocketAddress anyPort = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
                return new Running(EmbeddedS3.start(folder, anyPort, "key", "secret"), folder);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        S3Endpoint endpoint() {
            return new S3Endpoint("s3proxy", store.endpoint(), "us-east-1", "key", "secret");
        }

        @Override
        public void close() throws IOException {
            store.close();
            try (Stream<Path> files = Files.walk(folder)) {
                for (Path file : files.sorted((a, b) -> b.compareTo(a)).toList()) {
                    Files.delete(file);
                }
            }
        }
    }
}
