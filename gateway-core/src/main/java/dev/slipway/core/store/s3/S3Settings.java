package dev.slipway.core.store.s3;

import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How to reach an S3-compatible store.
 *
 * @param endpoint the store's address, or null for that of AWS in the region
 * @param region the region that requests are signed for
 * @param pathStyle whether the bucket goes in the path rather than in the host name
 * @param credentials fixed credentials, or null for the AWS default chain
 * @param caFile PEM certificates to trust besides the JDK's, or null
 * @param proxy the proxy for all connections to the store and its token service, or null for none; proxy settings in
 *     the environment are ignored
 * @param checksums what is sent with the bytes for the store to verify
 * @param maxConnections connections to the store, 1 to 10,000
 * @param requestTimeout the longest silence of the store within one attempt of a request
 * @param copyTimeout the same for copies on the store's side, during which many stores send nothing
 * @param maxCopies concurrent copies, 1 to 1,000; they have separate connections
 * @param storage the storage policies of locations
 */
public record S3Settings(
        @Nullable URI endpoint,
        String region,
        boolean pathStyle,
        @Nullable Credentials credentials,
        @Nullable Path caFile,
        @Nullable Proxy proxy,
        Checksums checksums,
        int maxConnections,
        Duration requestTimeout,
        Duration copyTimeout,
        int maxCopies,
        List<StorageRule> storage) {

    /**
     * Fixed credentials. {@code toString} does not show secrets.
     *
     * @param sessionToken the token of temporary credentials; null for permanent ones
     */
    public record Credentials(
            String accessKey, String secretKey, @Nullable String sessionToken) {
        public Credentials(String accessKey, String secretKey) {
            this(accessKey, secretKey, null);
        }

        @Override
        public String toString() {
            return "Credentials[accessKey=" + accessKey + ", secretKey=***, sessionToken=***]";
        }
    }

    /**
     * An HTTP proxy. All connections are tunnels made with CONNECT (RFC 9110, section 9.3.6), also to stores without
     * TLS.
     *
     * @param address {@code http://host:port}
     * @param credentials the credentials for the proxy by the scheme Basic (RFC 7617), or null
     */
    public record Proxy(URI address, @Nullable ProxyCredentials credentials) {
        public Proxy {
            if (address.getHost() == null
                    || address.getPort() < 1
                    || address.getPort() > 65_535
                    || address.getRawUserInfo() != null
                    || !"http".equals(address.getScheme())) {
                throw new IllegalArgumentException("a proxy must be http://host:port");
            }
        }
    }

    /** The gateway's credentials for a proxy. {@code toString} does not show the password. */
    public record ProxyCredentials(String user, String password) {
        @Override
        public String toString() {
            return "ProxyCredentials[user=" + user + ", password=***]";
        }
    }

    /** What is sent to the store to verify the bytes that it receives. */
    public enum Checksums {
        /** The CRC-32 of each part in a header and, if the store supports it, that of the whole object. */
        CRC32,
        /** Nothing. For stores that refuse checksum headers. */
        NONE
    }

    public S3Settings {
        storage = List.copyOf(storage);
        List<String> problems = new ArrayList<>();
        if (endpoint != null
                && (endpoint.getHost() == null || !List.of("http", "https").contains(endpoint.getScheme()))) {
            problems.add("endpoint must be http://host[:port] or https://host[:port], but is '" + endpoint + "'");
        }
        if (region.isBlank()) {
            problems.add("region must not be blank; 'us-east-1' fits stores that have none");
        }
        if (maxConnections < 1 || maxConnections > 10_000) {
            problems.add("maxConnections must be from 1 to 10000, but is " + maxConnections);
        }
        if (requestTimeout.compareTo(Duration.ofSeconds(1)) < 0) {
            problems.add("requestTimeout must be at least 1 s, but is " + requestTimeout);
        }
        if (copyTimeout.compareTo(Duration.ofSeconds(1)) < 0) {
            problems.add("copyTimeout must be at least 1 s, but is " + copyTimeout);
        }
        if (maxCopies < 1 || maxCopies > 1_000) {
            problems.add("maxCopies must be from 1 to 1000, but is " + maxCopies);
        }
        if (!problems.isEmpty()) {
            throw new IllegalArgumentException(String.join("; ", problems));
        }
    }

    /** A store at an endpoint with fixed credentials, path style, and otherwise the defaults. */
    public static S3Settings of(URI endpoint, String region, Credentials credentials) {
        return new S3Settings(
                endpoint,
                region,
                true,
                credentials,
                null,
                null,
                Checksums.CRC32,
                256,
                Duration.ofSeconds(30),
                Duration.ofMinutes(5),
                64,
                List.of());
    }

    /** The same settings with another time-out, also for copies. */
    public S3Settings withRequestTimeout(Duration timeout) {
        return new S3Settings(
                endpoint,
                region,
                pathStyle,
                credentials,
                caFile,
                proxy,
                checksums,
                maxConnections,
                timeout,
                timeout,
                maxCopies,
                storage);
    }

    /** The same settings with a file of certificates to trust. */
    public S3Settings withCaFile(@Nullable Path file) {
        return new S3Settings(
                endpoint,
                region,
                pathStyle,
                credentials,
                file,
                proxy,
                checksums,
                maxConnections,
                requestTimeout,
                copyTimeout,
                maxCopies,
                storage);
    }

    /** The same settings with another proxy, or without one. */
    public S3Settings withProxy(@Nullable Proxy through) {
        return new S3Settings(
                endpoint,
                region,
                pathStyle,
                credentials,
                caFile,
                through,
                checksums,
                maxConnections,
                requestTimeout,
                copyTimeout,
                maxCopies,
                storage);
    }

    /** The same settings with other storage policies. */
    public S3Settings withStorage(List<StorageRule> rules) {
        return new S3Settings(
                endpoint,
                region,
                pathStyle,
                credentials,
                caFile,
                proxy,
                checksums,
                maxConnections,
                requestTimeout,
                copyTimeout,
                maxCopies,
                rules);
    }

    /** The settings for connections of copies. */
    S3Settings forCopies() {
        return new S3Settings(
                endpoint,
                region,
                pathStyle,
                credentials,
                caFile,
                proxy,
                checksums,
                maxCopies,
                copyTimeout,
                copyTimeout,
                maxCopies,
                storage);
    }
}
