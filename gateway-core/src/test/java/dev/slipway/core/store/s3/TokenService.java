package dev.slipway.core.store.s3;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.slipway.testing.S3Endpoint;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.sts.StsAsyncClient;
import software.amazon.awssdk.services.sts.model.Credentials;

/**
 * A token service with roles, which MinIO does not have: each role has a policy, and its credentials are those that
 * MinIO's own token service issues under that policy.
 */
final class TokenService implements AutoCloseable {
    private final HttpServer server;
    private final @Nullable StsAsyncClient minio;
    private final Instant start;
    private final Map<String, String> policies = new ConcurrentHashMap<>();
    private final List<Map<String, String>> requests = new CopyOnWriteArrayList<>();
    private volatile boolean down;

    /** @param store the store for which credentials are issued */
    TokenService(S3Endpoint store) throws IOException {
        this(
                StsAsyncClient.builder()
                        .endpointOverride(store.uri())
                        .region(Region.of(store.region()))
                        .credentialsProvider(StaticCredentialsProvider.create(
                                AwsBasicCredentials.create(store.accessKey(), store.secretKey())))
                        .build(),
                Instant.EPOCH);
    }

    /**
     * A service whose credentials no store knows: those of the n-th request are named {@code key-n}.
     *
     * @param start the n-th credentials expire n times their duration after this
     */
    TokenService(Instant start) throws IOException {
        this(null, start);
    }

    private TokenService(@Nullable StsAsyncClient minio, Instant start) throws IOException {
        this.minio = minio;
        this.start = start;
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/", this::answer);
        server.start();
    }

    URI uri() {
        return URI.create("http://127.0.0.1:" + server.getAddress().getPort());
    }

    /** Creates a role that has all S3 permissions on some resources, and may list the bucket. */
    void role(String arn, String bucket, String... resources) {
        StringBuilder all = new StringBuilder();
        for (String resource : resources) {
            all.append(all.isEmpty() ? "" : ",")
                    .append("\"arn:aws:s3:::")
                    .append(bucket)
                    .append("/")
                    .append(resource)
                    .append("\"");
        }
        policies.put(arn, """
                {"Version": "2012-10-17", "Statement": [
                  {"Effect": "Allow", "Action": ["s3:*"], "Resource": [%s]},
                  {"Effect": "Allow", "Action": ["s3:ListBucket", "s3:ListBucketMultipartUploads"], "Resource": ["arn:aws:s3:::%s"]}]}""".formatted(all, bucket));
    }

    /** Whether it refuses all requests. */
    void down(boolean value) {
        down = value;
    }

    /** The parameters of the requests so far. */
    List<Map<String, String>> requests() {
        return List.copyOf(requests);
    }

    private void answer(HttpExchange exchange) throws IOException {
        try (exchange) {
            Map<String, String> form = new HashMap<>();
            for (String pair :
                    new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8).split("&", -1)) {
                String[] parts = pair.split("=", 2);
                form.put(parts[0], URLDecoder.decode(parts[1], StandardCharsets.UTF_8));
            }
            requests.add(form);
            String policy = policies.get(form.getOrDefault("RoleArn", ""));
            boolean refused = down || policy == null;
            byte[] body = (down || policy == null
                            ? "<ErrorResponse><Error><Code>AccessDenied</Code><Message>not for you</Message></Error></ErrorResponse>"
                            : "<AssumeRoleResponse><AssumeRoleResult><Credentials>" + credentials(form, policy)
                                    + "</Credentials></AssumeRoleResult></AssumeRoleResponse>")
                    .getBytes(StandardCharsets.UTF_8);
            exchange.sendResponseHeaders(refused ? 403 : 200, body.length);
            exchange.getResponseBody().write(body);
        }
    }

    private String credentials(Map<String, String> form, String policy) {
        Duration duration = Duration.ofSeconds(Long.parseLong(form.getOrDefault("DurationSeconds", "3600")));
        Credentials credentials = minio == null
                ? Credentials.builder()
                        .accessKeyId("key-" + requests.size())
                        .secretAccessKey("secret")
                        .sessionToken("token")
                        .expiration(start.plus(duration.multipliedBy(requests.size())))
                        .build()
                : minio.assumeRole(request -> request.roleArn("arn:minio:iam:::role/any")
                                .roleSessionName("test")
                                .policy(policy))
                        .join()
                        .credentials();
        return "<AccessKeyId>" + credentials.accessKeyId() + "</AccessKeyId><SecretAccessKey>"
                + credentials.secretAccessKey() + "</SecretAccessKey><SessionToken>" + credentials.sessionToken()
                + "</SessionToken><Expiration>" + credentials.expiration() + "</Expiration>";
    }

    @Override
    public void close() {
        server.stop(0);
        if (minio != null) {
            minio.close();
        }
    }
}
