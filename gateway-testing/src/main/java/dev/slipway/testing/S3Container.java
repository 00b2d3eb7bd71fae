package dev.slipway.testing;

import java.net.URI;
import java.util.Optional;
import org.testcontainers.DockerClientFactory;
import org.testcontainers.containers.GenericContainer;
import org.testcontainers.containers.wait.strategy.Wait;
import org.testcontainers.utility.DockerImageName;

/** A store in a container. */
final class S3Container implements RunningStore {
    private static final String REGION = "us-east-1";

    private final S3Product product;
    private final String accessKey;
    private final String secretKey;
    private final GenericContainer<?> container;

    private S3Container(S3Product product, String accessKey, String secretKey, GenericContainer<?> container) {
        this.product = product;
        this.accessKey = accessKey;
        this.secretKey = secretKey;
        this.container = container;
    }

    /** Whether a Docker engine is available; {@code SLIPWAY_DOCKER=off} disables it. */
    static boolean dockerAnswers() {
        return !"off".equals(System.getenv("SLIPWAY_DOCKER"))
                && DockerClientFactory.instance().isDockerAvailable();
    }

    /** Blocks until the store answers. Fails with Testcontainers' own exceptions, which name the image. */
    @SuppressWarnings("resource") // closed by close()
    static S3Container start(S3Product product) {
        String accessKey = "slipway-test";
        String secretKey = "slipway-test-secret";
        GenericContainer<?> container = switch (product) {
            // The same images as in minio-start.sh; see there for the reasons.
            case MINIO ->
                new GenericContainer<>(image("SLIPWAY_MINIO_IMAGE", "cgr.dev/chainguard/minio:latest"))
                        .withEnv("MINIO_ROOT_USER", accessKey)
                        .withEnv("MINIO_ROOT_PASSWORD", secretKey)
                        .withCommand("server", "/tmp/data");
            case VERSITYGW ->
                new GenericContainer<>(image("SLIPWAY_VERSITYGW_IMAGE", "versity/versitygw:v1.7.0"))
                        .withEnv("ROOT_ACCESS_KEY", accessKey)
                        .withEnv("ROOT_SECRET_KEY", secretKey)
                        .withCommand("--quiet", "--health", "/health", "--port", ":7070", "posix", "/tmp");
        };
        container
                .withExposedPorts(product.containerPort())
                .waitingFor(Wait.forHttp(product.healthPath()).forPort(product.containerPort()));
        container.start();
        return new S3Container(product, accessKey, secretKey, container);
    }

    private static DockerImageName image(String variable, String otherwise) {
        return DockerImageName.parse(
                Optional.ofNullable(System.getenv(variable)).orElse(otherwise));
    }

    @Override
    public S3Endpoint endpoint() {
        URI uri = URI.create("http://" + container.getHost() + ":" + container.getMappedPort(product.containerPort()));
        return new S3Endpoint(product.title(), uri, REGION, accessKey, secretKey);
    }

    @Override
    public void close() {
        container.stop();
    }
}
