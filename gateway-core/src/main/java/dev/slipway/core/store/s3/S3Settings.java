package dev.slipway.core.store.s3;

import dev.slipway.core.NameRule;
import dev.slipway.core.setting.CheckedSettings;
import dev.slipway.core.setting.Problems;
import dev.slipway.core.setting.Secret;
import dev.slipway.core.setting.Setting;
import dev.slipway.core.setting.SettingsBuilder;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The object store: the section {@code s3} of the configuration. */
public record S3Settings(
        @Setting("URL of an S3-compatible store, such as `https://minio.example.com:9000`. Without it, Amazon S3 in"
                + " `s3.region`.")
        @Nullable
        URI endpoint,

        @Setting(value = "The store's region.", byDefault = "us-east-1")
        String region,

        @Setting("Bucket of mounts that name none.") @Nullable
        String bucket,

        @Setting(
                value = "Whether requests name the bucket in the path (`true`) or in the host name (`false`)."
                        + " `auto`: in the path if `s3.endpoint` is set.",
                byDefault = "auto")
        PathStyle pathStyle,

        @Setting("Access key. Without it, the AWS default chain: environment, profile, container or instance role.")
        @Nullable
        String accessKey,

        @Setting("Secret key for `s3.accessKey`.") @Nullable Secret secretKey,

        @Setting("Session token for `s3.accessKey`, if the credentials are temporary. Slipway does not renew them:"
                + " the store refuses requests once they have expired.")
        @Nullable
        Secret sessionToken,

        @Setting("PEM file with the certificates of CAs to trust for the connection to the store, in addition to"
                + " the usual ones.")
        @Nullable
        Path caFile,

        @Setting("HTTP proxy for the store and its token service, such as `http://proxy.example.com:3128`. It must"
                + " allow `CONNECT` to the store's port. Proxies in the environment (`HTTPS_PROXY`) are ignored.")
        @Nullable
        URI proxy,

        @Setting("User name for the proxy, if it requires one (Basic authentication).") @Nullable
        String proxyUser,

        @Setting("Password for `s3.proxyUser`.") @Nullable Secret proxyPassword,

        @Setting(
                value = "Checksum that is sent with uploads for the store to verify: `crc32` or `none`.",
                byDefault = "crc32")
        Checksums checksums,

        @Setting(value = "Maximum number of connections to the store.", byDefault = "256", least = 1, most = 10_000)
        int maxConnections,

        @Setting(
                value = "How long the store may stay silent within one attempt of a request.",
                byDefault = "30s",
                shortest = "1s")
        Duration requestTimeout,

        @Setting(
                value = "How long the store may stay silent while it copies an object, or a part of a large one."
                        + " Renames are copies.",
                byDefault = "5m",
                shortest = "1s")
        Duration copyTimeout,

        @Setting(
                value = "Maximum number of concurrent copies in the store. Copies use their own connections, in"
                        + " addition to `s3.maxConnections`.",
                byDefault = "64",
                least = 1,
                most = 1000)
        int maxCopies,

        @Setting(
                value = "Whether to probe the buckets at startup, as `slipway doctor` does, and log the findings."
                        + " The probe writes a few objects whose keys begin with `.slipway-probe-`, and"
                        + " removes them.",
                byDefault = "true")
        boolean probe)
        implements CheckedSettings {
    /** How a bucket is addressed. */
    public enum PathStyle {
        /** In the path if an endpoint is set, otherwise in the host name. */
        AUTO,
        /** In the path: {@code https://host/bucket/key}. */
        TRUE,
        /** In the host name: {@code https://bucket.host/key}. */
        FALSE
    }

    /** The checksum sent with uploads for the store to verify. */
    public enum Checksums {
        /** CRC32 of each part and, if the store keeps it, of the whole object. */
        CRC32,
        /** None, for stores that refuse such headers. */
        NONE
    }

    /** Starts from the defaults. */
    public static SettingsBuilder<S3Settings> builder() {
        return new SettingsBuilder<>(S3Settings.class);
    }

    /** Whether requests name the bucket in the path. */
    boolean usesPath() {
        return switch (pathStyle) {
            case AUTO -> endpoint != null;
            case TRUE -> true;
            case FALSE -> false;
        };
    }

    @Override
    public void check(Problems problems) {
        checkCredentials(problems);
        if (bucket != null && !NameRule.BUCKET.accepts(bucket)) {
            problems.add("bucket", bucket, "must be " + NameRule.BUCKET.expected());
        }
        if (endpoint != null && hasPath(endpoint)) {
            problems.add("endpoint", endpoint, "must not have a path; the bucket goes into s3.bucket");
        }
        if (endpoint != null && endpoint.getRawQuery() != null) {
            problems.add("endpoint", endpoint, "must not have a query ('?')");
        }
        checkProxy(problems);
        checkProxyUser(problems);
    }

    private void checkCredentials(Problems problems) {
        if (accessKey != null && secretKey == null) {
            problems.add("secretKey", null, "is required with s3.accessKey");
        }
        if (accessKey == null && secretKey != null) {
            problems.add("accessKey", null, "is required with s3.secretKey");
        }
        if (accessKey == null && sessionToken != null) {
            problems.add("accessKey", null, "is required with s3.sessionToken");
        }
    }

    private void checkProxy(Problems problems) {
        if (proxy == null) {
            if (proxyUser != null) {
                problems.add("proxyUser", proxyUser, "requires s3.proxy");
            }
        } else if (proxy.getRawUserInfo() != null) {
            problems.add("proxy", proxy, "must not contain a user; use s3.proxyUser and s3.proxyPassword");
        } else if (!"http".equals(proxy.getScheme())) {
            problems.add("proxy", proxy, "must start with http://; TLS to the store is tunnelled through it");
        } else if (proxy.getPort() < 1 || proxy.getPort() > 65_535) {
            problems.add("proxy", proxy, "must have a port from 1 to 65535, such as http://proxy.example.com:3128");
        } else if (hasPath(proxy)) {
            problems.add("proxy", proxy, "must not have a path");
        } else if (proxy.getRawQuery() != null) {
            problems.add("proxy", proxy, "must not have a query ('?')");
        }
    }

    private void checkProxyUser(Problems problems) {
        if (proxyUser != null && (proxyUser.isEmpty() || proxyUser.contains(":"))) {
            problems.add("proxyUser", proxyUser, "must not be empty or contain ':'");
        }
        if (proxyUser != null && proxyPassword == null) {
            problems.add("proxyPassword", null, "is required with s3.proxyUser");
        }
        if (proxyUser == null && proxyPassword != null) {
            problems.add("proxyUser", null, "is required with s3.proxyPassword");
        }
    }

    private static boolean hasPath(URI url) {
        return url.getRawPath() != null && !List.of("", "/").contains(url.getRawPath());
    }
}
