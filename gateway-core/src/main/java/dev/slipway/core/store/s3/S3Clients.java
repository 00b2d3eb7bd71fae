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
    static StoragePolicyClient create(S3Access access, SdkEventLoopGroup eventLoops, RequestObserver observer) {
        return create(access, Connections.forRequests(access.settings(), eventLoops), observed(observer));
    }

    /** As above, for copies: with connections of their own, on which the store may be silent for longer. */
    static StoragePolicyClient createForCopies(
            S3Access access, SdkEventLoopGroup eventLoops, RequestObserver observer) {
        return create(access, Connections.forCopies(access.settings(), eventLoops), observed(observer));
    }

    private static Consumer<ClientOverrideConfiguration.Builder> observed(RequestObserver observer) {
        return override ->
                override.apiCallTimeout(CALL_TIMEOUT).addExecutionInterceptor(new ObservedRequests(observer));
    }

    /**
     * Signs requests for somebody else to make.
     *
     * @param endpoint where the requester reaches the store; null for the gateway's own endpoint
     */
    static S3Presigner createPresigner(S3Settings settings, @Nullable URI endpoint) {
        S3Presigner.Builder builder = S3Presigner.builder()
                .region(Region.of(settings.region()))
                .credentialsProvider(credentials(settings))
                .serviceConfiguration(S3Configuration.builder()
                        .pathStyleAccessEnabled(settings.usesPath())
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
            S3Access access, SdkEventLoopGroup eventLoops, Duration callTimeout, StoreClock clock) {
        return create(
                access,
                Connections.forRequests(access.settings(), eventLoops),
                override -> override.apiCallTimeout(callTimeout)
                        .addExecutionInterceptor(clock)
                        .retryStrategy(AwsRetryStrategy.standardRetryStrategy().toBuilder()
                                .maxAttempts(2)
                                .build()));
    }

    private static StoragePolicyClient create(
            S3Access access, Connections connections, Consumer<ClientOverrideConfiguration.Builder> overrides) {
        S3Settings settings = access.settings();
        AwsCredentialsProvider credentials = credentials(settings);
        S3AsyncClientBuilder builder = S3AsyncClient.builder()
                .region(Region.of(settings.region()))
                .forcePathStyle(settings.usesPath())
                .credentialsProvider(credentials)
                // The checksum is sent in a header, computed as the bytes arrive; older stores do not support trailers.
                .requestChecksumCalculation(RequestChecksumCalculation.WHEN_REQUIRED)
                .responseChecksumValidation(ResponseChecksumValidation.WHEN_REQUIRED)
                .overrideConfiguration(overrides)
                .httpClientBuilder(http(settings, connections));
        if (settings.endpoint() != null) {
            builder.endpointOverride(settings.endpoint());
        }
        Roles roles = new Roles(access, connections, credentials);
        return new StoragePolicyClient(builder.build(), new StorageRules(access.storage()), roles.credentials, roles);
    }

    /** The roles of all rules: one client for each token service, and one set of credentials for each role. */
    private static final class Roles implements AutoCloseable {
        private final Map<String, StsAsyncClient> services = new HashMap<>();
        private final Map<AssumedRole, RoleCredentials> credentials = new HashMap<>();

        Roles(S3Access access, Connections connections, AwsCredentialsProvider own) {
            S3Settings settings = access.settings();
            for (StorageRule rule : access.storage()) {
                AssumedRole role = rule.policy().role();
                if (role == null) {
                    continue;
                }
                URI endpoint = role.endpoint() == null ? settings.endpoint() : role.endpoint();
                StsAsyncClient service = services.computeIfAbsent(
                        String.valueOf(endpoint), _ -> tokenService(settings, endpoint, connections, own));
                credentials.computeIfAbsent(role, _ -> new RoleCredentials(role, service, Clock.systemUTC()));
            }
        }

        private static StsAsyncClient tokenService(
                S3Settings settings, @Nullable URI endpoint, Connections connections, AwsCredentialsProvider own) {
            StsAsyncClientBuilder builder = StsAsyncClient.builder()
                    .region(Region.of(settings.region()))
                    .credentialsProvider(own)
                    .overrideConfiguration(override -> override.apiCallTimeout(TOKEN_TIMEOUT))
                    .httpClientBuilder(http(settings, connections));
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

    /**
     * The connections of a client.
     *
     * @param most how many there may be
     * @param silence how long the store may be silent
     */
    private record Connections(SdkEventLoopGroup eventLoops, int most, Duration silence) {
        static Connections forRequests(S3Settings settings, SdkEventLoopGroup eventLoops) {
            return new Connections(eventLoops, settings.maxConnections(), settings.requestTimeout());
        }

        static Connections forCopies(S3Settings settings, SdkEventLoopGroup eventLoops) {
            return new Connections(eventLoops, settings.maxCopies(), settings.copyTimeout());
        }
    }

    private static NettyNioAsyncHttpClient.Builder http(S3Settings settings, Connections connections) {
        NettyNioAsyncHttpClient.Builder http = NettyNioAsyncHttpClient.builder()
                .eventLoopGroup(connections.eventLoops())
                // Otherwise the SDK silently uses BoringSSL from the class path, which supports fewer kinds of
                // certificates.
                .sslProvider(SslProvider.JDK)
                .maxConcurrency(connections.most())
                .maxPendingConnectionAcquires(100_000)
                .connectionTimeout(Duration.ofSeconds(10))
                // Longer than a queue of parts should ever take: waiting requests already have their memory and will
                // get their turn.
                .connectionAcquisitionTimeout(Duration.ofMinutes(2))
                .readTimeout(connections.silence())
                .writeTimeout(connections.silence())
                .tcpKeepAlive(true);
        http.proxyConfiguration(proxy(settings));
        if (settings.caFile() != null) {
            TrustManager[] trust = Authorities.trustManagers(settings.caFile());
            http.tlsTrustManagersProvider(() -> trust);
        }
        return http;
    }

    /** Set completely: the SDK would take each missing value from the environment. */
    private static ProxyConfiguration proxy(S3Settings settings) {
        ProxyConfiguration.Builder builder =
                ProxyConfiguration.builder().useSystemPropertyValues(false).useEnvironmentVariableValues(false);
        if (settings.proxy() != null) {
            builder.host(settings.proxy().getHost()).port(settings.proxy().getPort());
            if (settings.proxyUser() != null && settings.proxyPassword() != null) {
                builder.username(settings.proxyUser())
                        .password(settings.proxyPassword().reveal());
            }
        }
        return builder.build();
    }

    private static AwsCredentialsProvider credentials(S3Settings settings) {
        if (settings.accessKey() == null || settings.secretKey() == null) {
            return DefaultCredentialsProvider.builder().build();
        }
        String secret = settings.secretKey().reveal();
        return StaticCredentialsProvider.create(
                settings.sessionToken() == null
                        ? AwsBasicCredentials.create(settings.accessKey(), secret)
                        : AwsSessionCredentials.create(
                                settings.accessKey(),
                                secret,
                                settings.sessionToken().reveal()));
    }
}
