package dev.slipway.app;

import dev.slipway.app.config.ConfigurationException;
import dev.slipway.app.config.GatewaySettings;
import dev.slipway.app.config.Problem;
import dev.slipway.core.store.s3.AssumedRole;
import dev.slipway.core.store.s3.CustomerKey;
import dev.slipway.core.store.s3.Encryption;
import dev.slipway.core.store.s3.S3Settings;
import dev.slipway.core.store.s3.StoragePolicy;
import dev.slipway.core.store.s3.StorageRule;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Converts the settings of the object store. */
final class StoreSettings {
    private StoreSettings() {}

    /**
     * Reads the files named in the settings.
     *
     * @throws ConfigurationException a key file cannot be read or is invalid
     */
    static S3Settings of(GatewaySettings settings) throws ConfigurationException {
        GatewaySettings.S3 s3 = settings.s3();
        boolean pathStyle = switch (s3.pathStyle()) {
            case AUTO -> s3.endpoint() != null;
            case TRUE -> true;
            case FALSE -> false;
        };
        S3Settings.Checksums checksums = switch (s3.checksums()) {
            case CRC32 -> S3Settings.Checksums.CRC32;
            case NONE -> S3Settings.Checksums.NONE;
        };
        S3Settings.Credentials credentials = s3.accessKey() == null || s3.secretKey() == null
                ? null
                : new S3Settings.Credentials(
                        s3.accessKey(),
                        s3.secretKey().reveal(),
                        s3.sessionToken() == null ? null : s3.sessionToken().reveal());
        return new S3Settings(
                s3.endpoint(),
                s3.region(),
                pathStyle,
                credentials,
                s3.caFile(),
                proxy(s3),
                checksums,
                s3.maxConnections(),
                s3.requestTimeout(),
                s3.copyTimeout(),
                s3.maxCopies(),
                rules(settings));
    }

    private static S3Settings.@Nullable Proxy proxy(GatewaySettings.S3 s3) {
        if (s3.proxy() == null) {
            return null;
        }
        return new S3Settings.Proxy(
                s3.proxy(),
                s3.proxyUser() == null || s3.proxyPassword() == null
                        ? null
                        : new S3Settings.ProxyCredentials(
                                s3.proxyUser(), s3.proxyPassword().reveal()));
    }

    private static List<StorageRule> rules(GatewaySettings settings) throws ConfigurationException {
        List<StorageRule> rules = new ArrayList<>();
        List<Problem> problems = new ArrayList<>();
        for (int i = 0; i < settings.storage().size(); i++) {
            GatewaySettings.Storage place = settings.storage().get(i);
            Encryption encryption = encryption(place, "storage[" + i + "].customerKeyFile", problems);
            rules.add(new StorageRule(
                    Objects.requireNonNull(
                            place.bucket() == null ? settings.s3().bucket() : place.bucket(),
                            "storage.bucket was not checked"),
                    Objects.requireNonNullElse(place.prefix(), ""),
                    new StoragePolicy(encryption, place.storageClass(), acl(place.acl()), role(place))));
        }
        if (!problems.isEmpty()) {
            throw new ConfigurationException(problems);
        }
        return rules;
    }

    private static Encryption encryption(GatewaySettings.Storage place, String fileSetting, List<Problem> problems) {
        return switch (place.encryption()) {
            case NONE -> new Encryption.BucketDefault();
            case S3 -> new Encryption.StoreKeys();
            case KMS -> new Encryption.Kms(place.kmsKey(), place.bucketKey());
            case CUSTOMER -> {
                if (place.customerKey() != null) {
                    yield new Encryption.Customer(
                            CustomerKey.parse(place.customerKey().reveal()));
                }
                Path file = Objects.requireNonNull(place.customerKeyFile(), "customerKeyFile was not checked");
                try {
                    yield new Encryption.Customer(CustomerKey.parse(Files.readString(file)));
                } catch (IOException e) {
                    problems.add(new Problem("", fileSetting, file.toString(), "cannot be read: " + e));
                } catch (IllegalArgumentException e) {
                    problems.add(new Problem("", fileSetting, file.toString(), "must contain " + e.getMessage()));
                }
                yield new Encryption.BucketDefault();
            }
        };
    }

    /** S3's names are the constants', with hyphens. */
    private static @Nullable String acl(GatewaySettings.@Nullable CannedAcl acl) {
        return acl == null ? null : acl.name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    private static @Nullable AssumedRole role(GatewaySettings.Storage place) {
        return place.role() == null
                ? null
                : new AssumedRole(
                        place.role(),
                        place.externalId(),
                        place.sessionName(),
                        place.sessionDuration(),
                        place.stsEndpoint());
    }
}
