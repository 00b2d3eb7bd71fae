package dev.slipway.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.security.SecureRandom;
import java.util.HexFormat;
import java.util.Locale;
import java.util.Optional;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ExtensionContext.Namespace;
import org.junit.jupiter.api.extension.ExtensionContext.StoreScope;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;
import org.junit.platform.commons.support.AnnotationSupport;
import software.amazon.awssdk.services.s3.S3AsyncClient;

/** Implements {@link S3Store}. */
final class S3StoreExtension implements ParameterResolver {
    private static final Namespace NAMESPACE = Namespace.create(S3StoreExtension.class);
    private static final SecureRandom RANDOM = new SecureRandom();

    @Override
    public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
        Class<?> type = parameter.getParameter().getType();
        return type == S3Endpoint.class || type == S3Bucket.class;
    }

    @Override
    public Object resolveParameter(ParameterContext parameter, ExtensionContext context) {
        Running running = running(product(context), context);
        if (parameter.getParameter().getType() == S3Endpoint.class) {
            return running.endpoint;
        }
        return running.newBucket(context);
    }

    private static S3Product product(ExtensionContext context) {
        Class<?> testClass = context.getRequiredTestClass();
        while (true) {
            Optional<S3Store> annotation = AnnotationSupport.findAnnotation(testClass, S3Store.class);
            if (annotation.isPresent()) {
                return annotation.get().value();
            }
            Class<?> enclosing = testClass.getEnclosingClass();
            if (enclosing == null) {
                throw new IllegalStateException(context.getRequiredTestClass() + " has no @S3Store");
            }
            testClass = enclosing;
        }
    }

    private static Running running(S3Product product, ExtensionContext context) {
        // Stored in the session, so that all classes of this test JVM share it.
        return context.getStore(StoreScope.LAUNCHER_SESSION, NAMESPACE)
                .computeIfAbsent(product, S3StoreExtension::start, Running.class);
    }

    private static Running start(S3Product product) {
        try {
            return new Running(S3Container.dockerAnswers() ? S3Container.start(product) : S3Server.start(product));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static final class Running implements AutoCloseable {
        private final S3Endpoint endpoint;
        private final RunningStore server;
        private final S3AsyncClient client;

        private Running(RunningStore server) {
            this.endpoint = server.endpoint();
            this.server = server;
            this.client = endpoint.newClient();
        }

        private S3Bucket newBucket(ExtensionContext context) {
            // Bucket names: 3 to 63 characters of a-z, 0-9 and hyphens. The class's name makes them easier to
            // recognise.
            String label = context.getRequiredTestClass()
                    .getSimpleName()
                    .toLowerCase(Locale.ROOT)
                    .replaceAll("[^a-z0-9]", "");
            byte[] unique = new byte[8];
            RANDOM.nextBytes(unique);
            String name = "t" + label.substring(0, Math.min(label.length(), 40)) + "-"
                    + HexFormat.of().formatHex(unique);
            client.createBucket(request -> request.bucket(name)).join();
            return new S3Bucket(endpoint, name);
        }

        @Override
        public void close() throws IOException {
            client.close();
            server.close();
        }
    }
}
