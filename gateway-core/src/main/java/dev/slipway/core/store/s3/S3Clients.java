package dev.slipway.core.store.s3;

import dev.slipway.core.net.Authorities;
import dev.slipway.core.store.RequestObserver;
import io.netty.handler.ssl.SslProvider;
import java.net.URI;
import java.time.Clock;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Consumer;
import javax.net.ssl.TrustManager;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.AwsCredentialsProvider;
import software.amazon.awssdk.auth.credentials.AwsSessionCredentials;
import software.amazon.awssdk.auth.credentials.DefaultCredentialsProvider;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.awscore.retry.AwsRetryStrategy;
import software.amazon.awssdk.core.checksums.RequestChecksumCalculation;
import software.amazon.awssdk.core.checksums.ResponseChecksumValidation;
import software.amazon.awssdk.core.client.config.ClientOverrideConfiguration;
import software.amazon.awssdk.http.nio.netty.NettyNioAsyncHttpClient;
import software.amazon.awssdk.http.nio.netty.ProxyConfiguration;
import software.amazon.awssdk.http.nio.netty.SdkEventLoopGroup;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.s3.S3AsyncClient;
import software.amazon.awssdk.services.s3.S3AsyncClientBuilder;
import software.amazon.awssdk.services.s3.S3Configuration;
import software.amazon.awssdk.services.s3.presigner.S3Presigner;
import software.amazon.awssdk.services.sts.StsAsyncClient;
import software.amazon.awssdk.services.sts.StsAsyncClientBuilder;

/** Builds the SDK's clients from settings. */
final class S3Clients {
    /** Enough for a store that copies all parts when it completes an upload. */
    private static final Duration CALL_TIMEOUT = Duration.ofMinutes(15);

    /** Requests that wait for a role's credentials wait as long. */
    private static final Duration TOKEN_TIMEOUT = Duration.ofSeconds(20);

    private S3Clients() {}

    /** @param eventLoops remains the caller's, who closes it after the client */
    static StoragePolicyClient create(S3Settings settings, SdkEventLoopGroup eventLoops, RequestObserver observer) {
        return create(
                settings,
                eventLoops,
                override ->
                        override.apiCallTimeout(CALL_TIMEOUT).addExecutionInterceptor(new ObservedRequests(observer)));
    }

    /**
     * Signs requests for somebody else to make.
     *
     * @param endpoint where the requester reaches the store; null for the gateway's own endpoint
     */
    static S3Presigner createPresigner(S3Settings settings, @Nullable URI endpoint) {
        S3Presigner.Builder builder = S3Presigner.builder()
                .region(Region.of(settings.region()))
                .credentialsProvider(credentials(settings.credentials()))
                .serviceConfiguration(S3Configuration.builder()
                        .pathStyleAccessEnabled(settings.pathStyle())
                        .build());
        URI reached = endpoint == null ? settings.endpoint() : endpoint;
        if (reached != null) {
            builder.endpointOverride(reached);
        }
        return builder.build();
    }

    /**
     * Creates a client that retries once.
     *
     * @param callTimeout for both attempts together
     * @param clock is told of all answers
     */
    static StoragePolicyClient createForInspection(
            S3Settings settings, SdkEventLoopGroup eventLoops, Duration callTimeout, StoreClock clock) {
        return create(
                settings,
                eventLoops,
                override -> override.apiCallTimeout(callTimeout)
                        .addExecutionInterceptor(clock)
                        .retryStrategy(AwsRetryStrategy.standardRetryStrategy().toBuilder()
                                .maxAttempts(2)
                                .build()));
    }

    private static StoragePolicyClient create(
            S3Settings settings,
            SdkEventLoopGroup eventLoops,
            Consumer<ClientOverrideConfiguration.Builder> overrides) {
        AwsCredentialsProvider credentials = credentials(settings.credentials());
        S3AsyncClientBuilder builder = S3AsyncClient.builder()
                .region(Region.of(settings.region()))
                .forcePathStyle(settings.pathStyle())
                .credentialsProvider(credentials)
                // The checksum is sent in a header, computed as the bytes arrive; older stores do not support trailers.
                .requestChecksumCalculation(RequestChecksumCalculation.WHEN_REQUIRED)
                .responseChecksumValidation(ResponseChecksumValidation.WHEN_REQUIRED)
                .overrideConfiguration(overrides)
                .httpClientBuilder(http(settings, eventLoops));
        if (settings.endpoint() != null) {
            builder.endpointOverride(settings.endpoint());
        }
        Roles roles = new Roles(settings, eventLoops, credentials);
        return new StoragePolicyClient(builder.build(), new StorageRules(settings.storage()), roles.credentials, roles);
    }

    /** The roles of all rules: one client for each token service, and one set of credentials for each role. */
    private static final class Roles implements AutoCloseable {
        private final Map<String, StsAsyncClient> services = new HashMap<>();
        private final Map<AssumedRole, RoleCredentials> credentials = new HashMap<>();

        Roles(S3Settings settings, SdkEventLoopGroup eventLoops, AwsCredentialsProvider own) {
            for (StorageRule rule : settings.storage()) {
                AssumedRole role = rule.policy().role();
                if (role == null) {
                    continue;
                }
                URI endpoint = role.endpoint() == null ? settings.endpoint() : role.endpoint();
                StsAsyncClient service = services.computeIfAbsent(
                        String.valueOf(endpoint), _ -> tokenService(settings, endpoint, eventLoops, own));
                credentials.computeIfAbsent(role, _ -> new RoleCredentials(role, service, Clock.systemUTC()));
            }
        }

        private static StsAsyncClient tokenService(
                S3Settings settings, @Nullable URI endpoint, SdkEventLoopGroup eventLoops, AwsCredentialsProvider own) {
            StsAsyncClientBuilder builder = StsAsyncClient.builder()
                    .region(Region.of(settings.region()))
                    .credentialsProvider(own)
                    .overrideConfiguration(override -> override.apiCallTimeout(TOKEN_TIMEOUT))
                    .httpClientBuilder(http(settings, eventLoops));
            if (endpoint != null) {
                builder.endpointOverride(endpoint);
            }
            return builder.build();
        }

        @Override
        public void close() {
            services.values().forEach(StsAsyncClient::close);
        }
    }

    private static NettyNioAsyncHttpClient.Builder http(S3Settings settings, SdkEventLoopGroup eventLoops) {
        NettyNioAsyncHttpClient.Builder http = NettyNioAsyncHttpClient.builder()
                .eventLoopGroup(eventLoops)
                // Otherwise the SDK silently uses BoringSSL from the class path, which supports fewer kinds of
                // certificates.
                .sslProvider(SslProvider.JDK)
                .maxConcurrency(settings.maxConnections())
                .maxPendingConnectionAcquires(100_000)
                .connectionTimeout(Duration.ofSeconds(10))
                // Longer than a queue of parts should ever take: waiting requests already have their memory and will
                // get their turn.
                .connectionAcquisitionTimeout(Duration.ofMinutes(2))
                .readTimeout(settings.requestTimeout())
                .writeTimeout(settings.requestTimeout())
                .tcpKeepAlive(true);
        http.proxyConfiguration(proxy(settings.proxy()));
        if (settings.caFile() != null) {
            TrustManager[] trust = Authorities.trustManagers(settings.caFile());
            http.tlsTrustManagersProvider(() -> trust);
        }
        return http;
    }

    /** Set completely: the SDK would take each missing value from the environment. */
    private static ProxyConfiguration proxy(S3Settings.@Nullable Proxy proxy) {
        ProxyConfiguration.Builder builder =
                ProxyConfiguration.builder().useSystemPropertyValues(false).useEnvironmentVariableValues(false);
        if (proxy != null) {
            builder.host(proxy.address().getHost()).port(proxy.address().getPort());
            if (proxy.credentials() != null) {
                builder.username(proxy.credentials().user())
                        .password(proxy.credentials().password());
            }
        }
        return builder.build();
    }

    private static AwsCredentialsProvider credentials(S3Settings.@Nullable Credentials credentials) {
        if (credentials == null) {
            return DefaultCredentialsProvider.builder().build();
        }
        return StaticCredentialsProvider.create(
                credentials.sessionToken() == null
                        ? AwsBasicCredentials.create(credentials.accessKey(), credentials.secretKey())
                        : AwsSessionCredentials.create(
                                credentials.accessKey(), credentials.secretKey(), credentials.sessionToken()));
    }
}
