package dev.slipway.testing;

import io.netty.handler.ssl.util.InsecureTrustManagerFactory;
import java.net.URI;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.core.checksums.RequestChecksumCalculation;
import software.amazon.awssdk.core.checksums.ResponseChecksumValidation;
import software.amazon.awssdk.http.nio.netty.NettyNioAsyncHttpClient;
import software.amazon.awssdk.http.nio.netty.SdkEventLoopGroup;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.s3.S3AsyncClient;

/**
 * The address and credentials of an S3 store. Buckets are addressed in path style.
 *
 * @param product the store's name, for messages
 * @param uri scheme, host and port
 * @param region the region to sign for
 * @param accessKey the access key id
 * @param secretKey the secret access key; not part of {@link #toString()}
 */
public record S3Endpoint(String product, URI uri, String region, String accessKey, String secretKey) {
    /** Shared by all clients, for as long as the JVM runs, since shutting one down takes two seconds. */
    private static final SdkEventLoopGroup EVENT_LOOPS =
            SdkEventLoopGroup.builder().numberOfThreads(4).build();

    /** The same store at another address: that of a proxy. */
    public S3Endpoint at(URI address) {
        return new S3Endpoint(product, address, region, accessKey, secretKey);
    }

    /**
     * Creates a client for the test, to access the store directly. It computes checksums only where S3 requires them,
     * and accepts any certificate. The caller closes it.
     */
    public S3AsyncClient newClient() {
        return S3AsyncClient.builder()
                .endpointOverride(uri)
                .region(Region.of(region))
                .credentialsProvider(StaticCredentialsProvider.create(AwsBasicCredentials.create(accessKey, secretKey)))
                .forcePathStyle(true)
                .requestChecksumCalculation(RequestChecksumCalculation.WHEN_REQUIRED)
                .responseChecksumValidation(ResponseChecksumValidation.WHEN_REQUIRED)
                .httpClientBuilder(NettyNioAsyncHttpClient.builder()
                        .eventLoopGroup(EVENT_LOOPS)
                        .tlsTrustManagersProvider(InsecureTrustManagerFactory.INSTANCE::getTrustManagers)
                        .connectionTimeout(Patience.LIMIT))
                .build();
    }

    @Override
    public String toString() {
        return product + " at " + uri;
    }
}
