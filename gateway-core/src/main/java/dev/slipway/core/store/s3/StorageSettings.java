package dev.slipway.core.store.s3;

import dev.slipway.core.NameRule;
import dev.slipway.core.setting.CheckedSettings;
import dev.slipway.core.setting.Problems;
import dev.slipway.core.setting.Secret;
import dev.slipway.core.setting.Setting;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Locale;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * How objects are stored in a part of a bucket, for all mounts that contain it: an element of {@code storage} in the
 * configuration. {@link #resolve} reads the key's file, and fills in the bucket.
 */
public record StorageSettings(
        @Setting("Bucket. Without it, `s3.bucket`.") @Nullable
        String bucket,

        @Setting("Beginning of the keys, ending with `/`; usually the prefix of a mount. Without it, the whole"
                + " bucket. If several prefixes match a key, only the longest one applies.")
        @Nullable
        String prefix,

        @Setting(
                value = "Encryption that the store is asked for: `s3` (SSE-S3), `kms` (SSE-KMS), or `customer`"
                        + " (SSE-C: with `customerKey`, which the store does not keep). `none` asks for"
                        + " nothing, so the bucket's own rule applies.",
                byDefault = "none")
        EncryptionMode encryption,

        @Setting("For `kms`: id, ARN or alias of the key. Without it, the store's default key.") @Nullable
        String kmsKey,

        @Setting(
                value = "For `kms`: whether to use an S3 Bucket Key, which saves requests to the key service.",
                byDefault = "false")
        boolean bucketKey,

        @Setting("For `customer`: the key, 32 bytes in Base64, as printed by `openssl rand -base64 32`. If you lose"
                + " it, the files are lost.")
        @Nullable
        Secret customerKey,

        @Setting("For `customer`: file with the key, instead of `customerKey`.") @Nullable
        Path customerKeyFile,

        @Setting("Storage class for new objects, such as `STANDARD_IA`, `INTELLIGENT_TIERING` or `GLACIER_IR`."
                + " Archived objects (`GLACIER`, `DEEP_ARCHIVE`) can be neither read nor renamed.")
        @Nullable
        String storageClass,

        @Setting("Canned ACL for new objects: `private`, `public-read`, `public-read-write`, `authenticated-read`,"
                + " `aws-exec-read`, `bucket-owner-read` or `bucket-owner-full-control`. Without it none is sent,"
                + " which suits buckets without ACLs.")
        @Nullable
        CannedAcl acl,

        @Setting("ARN of a role for all requests, such as `arn:aws:iam::123456789012:role/files`. It is assumed"
                + " with the credentials in `s3`.")
        @Nullable
        String role,

        @Setting("External id that the role requires.") @Nullable
        String externalId,

        @Setting(
                value = "Name of the gateway's role sessions, as the role's owner sees it in logs.",
                byDefault = "slipway")
        String sessionName,

        @Setting(
                value = "Lifetime of the role's credentials, from 15m to 12h. They are renewed after three"
                        + " quarters of it.",
                byDefault = "1h",
                shortest = "15m")
        Duration sessionDuration,

        @Setting("URL of the token service. Without it, `s3.endpoint` (as MinIO has it), or else that of AWS in"
                + " `s3.region`.")
        @Nullable
        URI stsEndpoint)
        implements CheckedSettings {
    /** How the store is asked to encrypt objects. */
    public enum EncryptionMode {
        /** The bucket's own rule applies. */
        NONE,
        /** SSE-S3: with the store's own keys. */
        S3,
        /** SSE-KMS: with a key of a key management service. */
        KMS,
        /** SSE-C: with a key that the gateway sends and the store does not keep. */
        CUSTOMER
    }

    /** S3's canned ACLs. */
    public enum CannedAcl {
        /** The owner's alone. */
        PRIVATE,
        /** Everybody reads. */
        PUBLIC_READ,
        /** Everybody reads and writes. */
        PUBLIC_READ_WRITE,
        /** Everybody with an AWS account reads. */
        AUTHENTICATED_READ,
        /** EC2 reads, to create a machine image from it. */
        AWS_EXEC_READ,
        /** The bucket's owner reads. */
        BUCKET_OWNER_READ,
        /** The bucket's owner does everything. */
        BUCKET_OWNER_FULL_CONTROL
    }

    private static final Duration LONGEST_SESSION = Duration.ofHours(12);

    /** The bucket that it applies to; null if neither it nor the settings of the store name one. */
    public @Nullable String bucketOr(@Nullable String storesBucket) {
        return bucket == null ? storesBucket : bucket;
    }

    /** The prefix that it applies to; empty for the whole bucket. */
    public String prefixOrEmpty() {
        return Objects.requireNonNullElse(prefix, "");
    }

    /**
     * The rule of settings that were checked. Reads the file with the key, if there is one.
     *
     * @param storesBucket the bucket of the settings of the store
     * @param problems is told if the file cannot be read or is invalid; the rule must not be used then
     */
    public StorageRule resolve(@Nullable String storesBucket, Problems problems) {
        return new StorageRule(
                Objects.requireNonNull(bucketOr(storesBucket), "storage.bucket was not checked"),
                prefixOrEmpty(),
                new StoragePolicy(resolveEncryption(problems), storageClass, aclName(), assumedRole()));
    }

    private Encryption resolveEncryption(Problems problems) {
        return switch (encryption) {
            case NONE -> new Encryption.BucketDefault();
            case S3 -> new Encryption.StoreKeys();
            case KMS -> new Encryption.Kms(kmsKey, bucketKey);
            case CUSTOMER -> {
                if (customerKey != null) {
                    yield new Encryption.Customer(CustomerKey.parse(customerKey.reveal()));
                }
                Path file = Objects.requireNonNull(customerKeyFile, "customerKeyFile was not checked");
                try {
                    yield new Encryption.Customer(CustomerKey.parse(Files.readString(file)));
                } catch (IOException e) {
                    problems.add("customerKeyFile", file, "cannot be read: " + e);
                } catch (IllegalArgumentException e) {
                    problems.add("customerKeyFile", file, "must contain " + e.getMessage());
                }
                yield new Encryption.BucketDefault();
            }
        };
    }

    /** S3's names are the constants', with hyphens. */
    private @Nullable String aclName() {
        return acl == null ? null : acl.name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    private @Nullable AssumedRole assumedRole() {
        return role == null ? null : new AssumedRole(role, externalId, sessionName, sessionDuration, stsEndpoint);
    }

    @Override
    public void check(Problems problems) {
        if (bucket != null && !NameRule.BUCKET.accepts(bucket)) {
            problems.add("bucket", bucket, "must be " + NameRule.BUCKET.expected());
        }
        if (prefix != null && !prefix.isEmpty() && (!prefix.endsWith("/") || prefix.startsWith("/"))) {
            problems.add("prefix", prefix, "must end with '/' and not start with it");
        }
        checkKms(problems);
        checkCustomerKey(problems);
        if (storageClass != null && !storageClass.matches("[A-Z0-9_]+")) {
            problems.add("storageClass", storageClass, "must be a storage class, such as STANDARD_IA");
        }
        checkRole(problems);
    }

    private void checkKms(Problems problems) {
        if (encryption == EncryptionMode.KMS) {
            return;
        }
        if (kmsKey != null) {
            problems.add("kmsKey", kmsKey, "requires encryption kms");
        }
        if (bucketKey) {
            problems.add("bucketKey", true, "requires encryption kms");
        }
    }

    private void checkCustomerKey(Problems problems) {
        if (encryption != EncryptionMode.CUSTOMER) {
            if (customerKey != null) {
                problems.add("customerKey", null, "requires encryption customer");
            }
            if (customerKeyFile != null) {
                problems.add("customerKeyFile", customerKeyFile, "requires encryption customer");
            }
            return;
        }
        if (customerKey == null && customerKeyFile == null) {
            problems.add("customerKey", null, "is required with encryption customer, or customerKeyFile");
        }
        if (customerKey != null && customerKeyFile != null) {
            problems.add("customerKeyFile", customerKeyFile, "cannot be used together with customerKey");
        }
        if (customerKey != null) {
            try {
                CustomerKey.parse(customerKey.reveal());
            } catch (IllegalArgumentException e) {
                problems.add("customerKey", customerKey, "must be " + e.getMessage());
            }
        }
    }

    private void checkRole(Problems problems) {
        if (role == null) {
            if (externalId != null) {
                problems.add("externalId", externalId, "requires role");
            }
            if (stsEndpoint != null) {
                problems.add("stsEndpoint", stsEndpoint, "requires role");
            }
        } else if (!role.startsWith("arn:")) {
            problems.add("role", role, "must be an ARN, such as arn:aws:iam::123456789012:role/files");
        }
        if (!sessionName.matches("[\\w+=,.@-]{2,64}")) {
            problems.add("sessionName", sessionName, "must have 2 to 64 letters, digits and _+=,.@-");
        }
        if (sessionDuration.compareTo(LONGEST_SESSION) > 0) {
            problems.add("sessionDuration", sessionDuration, "must be at most 12h");
        }
    }
}
