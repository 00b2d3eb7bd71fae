package dev.slipway.core.store.s3;

import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.awscore.AwsRequestOverrideConfiguration;
import software.amazon.awssdk.services.s3.DelegatingS3AsyncClient;
import software.amazon.awssdk.services.s3.S3AsyncClient;
import software.amazon.awssdk.services.s3.model.CompleteMultipartUploadRequest;
import software.amazon.awssdk.services.s3.model.CopyObjectRequest;
import software.amazon.awssdk.services.s3.model.CreateMultipartUploadRequest;
import software.amazon.awssdk.services.s3.model.DeleteObjectsRequest;
import software.amazon.awssdk.services.s3.model.GetObjectRequest;
import software.amazon.awssdk.services.s3.model.HeadObjectRequest;
import software.amazon.awssdk.services.s3.model.ListPartsRequest;
import software.amazon.awssdk.services.s3.model.PutObjectRequest;
import software.amazon.awssdk.services.s3.model.S3Request;
import software.amazon.awssdk.services.s3.model.StorageClass;
import software.amazon.awssdk.services.s3.model.UploadPartCopyRequest;
import software.amazon.awssdk.services.s3.model.UploadPartRequest;

/**
 * Adds to each request what the storage policy of its location requires: encryption, storage class, ACL, and the
 * credentials of a role. All requests to the store go through this client, so that none lacks it.
 *
 * <p>A copy uses the credentials of its target, and decrypts the source with the source's key. A storage class that the
 * request sets is not changed; but the default class is named only where the policy has another one.
 */
final class StoragePolicyClient extends DelegatingS3AsyncClient {
    /** The only algorithm of SSE-C. */
    private static final String AES256 = "AES256";

    private static final String KMS = "aws:kms";

    private final StorageRules rules;
    private final Map<AssumedRole, RoleCredentials> roles;
    private final AutoCloseable others;

    /**
     * @param client owned by this object from here on
     * @param roles the credentials of all roles of the rules
     * @param others closed with this
     */
    StoragePolicyClient(
            S3AsyncClient client, StorageRules rules, Map<AssumedRole, RoleCredentials> roles, AutoCloseable others) {
        super(client);
        this.rules = rules;
        this.roles = new HashMap<>(roles);
        this.others = others;
    }

    @Override
    protected <T extends S3Request, R> CompletableFuture<R> invokeOperation(
            T request, Function<T, CompletableFuture<R>> operation) {
        return operation.apply(placed(request));
    }

    /** Returns a request with what the storage policy of its location requires. */
    <T extends S3Request> T placed(T request) {
        StorageRule rule = rule(request);
        StoragePolicy policy = rule == null ? StoragePolicy.NONE : rule.policy();
        S3Request placed = withSourceKey(inRole(stored(request, policy), policy));
        // Adding fields does not change the type of a request.
        @SuppressWarnings("unchecked")
        T sent = (T) placed;
        return sent;
    }

    /** The rule for the location of a request; null if there is none. */
    private @Nullable StorageRule rule(S3Request request) {
        if (rules.isEmpty()) {
            return null;
        }
        return switch (request) {
            case CopyObjectRequest copy -> rules.find(copy.destinationBucket(), copy.destinationKey());
            case UploadPartCopyRequest copy -> rules.find(copy.destinationBucket(), copy.destinationKey());
            // Callers that delete many objects at once choose them from one location.
            case DeleteObjectsRequest delete ->
                rules.find(delete.bucket(), delete.delete().objects().getFirst().key());
            default -> {
                String bucket = request.getValueForField("Bucket", String.class).orElse(null);
                String key = request.getValueForField("Key", String.class)
                        .or(() -> request.getValueForField("Prefix", String.class))
                        .orElse("");
                yield rules.find(bucket, key);
            }
        };
    }

    private static @Nullable CustomerKey customerKey(@Nullable StorageRule rule) {
        return rule != null && rule.policy().encryption() instanceof Encryption.Customer(CustomerKey key) ? key : null;
    }

    private static S3Request stored(S3Request request, StoragePolicy policy) {
        CustomerKey key = policy.encryption() instanceof Encryption.Customer customer ? customer.key() : null;
        return switch (request) {
            case PutObjectRequest put -> stored(put, policy);
            case CreateMultipartUploadRequest create -> stored(create, policy);
            case CopyObjectRequest copy -> stored(copy, policy);
            case UploadPartRequest part
            when key != null ->
                part.toBuilder()
                        .sseCustomerAlgorithm(AES256)
                        .sseCustomerKey(key.base64())
                        .sseCustomerKeyMD5(key.md5())
                        .build();
            case UploadPartCopyRequest part
            when key != null ->
                part.toBuilder()
                        .sseCustomerAlgorithm(AES256)
                        .sseCustomerKey(key.base64())
                        .sseCustomerKeyMD5(key.md5())
                        .build();
            case HeadObjectRequest head
            when key != null ->
                head.toBuilder()
                        .sseCustomerAlgorithm(AES256)
                        .sseCustomerKey(key.base64())
                        .sseCustomerKeyMD5(key.md5())
                        .build();
            case GetObjectRequest get
            when key != null ->
                get.toBuilder()
                        .sseCustomerAlgorithm(AES256)
                        .sseCustomerKey(key.base64())
                        .sseCustomerKeyMD5(key.md5())
                        .build();
            // These two need the key if parts have checksums, which are encrypted as well.
            case CompleteMultipartUploadRequest complete
            when key != null ->
                complete.toBuilder()
                        .sseCustomerAlgorithm(AES256)
                        .sseCustomerKey(key.base64())
                        .sseCustomerKeyMD5(key.md5())
                        .build();
            case ListPartsRequest list
            when key != null ->
                list.toBuilder()
                        .sseCustomerAlgorithm(AES256)
                        .sseCustomerKey(key.base64())
                        .sseCustomerKeyMD5(key.md5())
                        .build();
            default -> request;
        };
    }

    private static PutObjectRequest stored(PutObjectRequest request, StoragePolicy policy) {
        PutObjectRequest.Builder stored = request.toBuilder()
                .acl(policy.acl())
                .storageClass(storageClass(request.storageClassAsString(), policy));
        switch (policy.encryption()) {
            case Encryption.BucketDefault _ -> {}
            case Encryption.StoreKeys _ ->
                stored.serverSideEncryption(AES256).ssekmsKeyId(null).bucketKeyEnabled(null);
            case Encryption.Kms kms ->
                stored.serverSideEncryption(KMS).ssekmsKeyId(kms.keyId()).bucketKeyEnabled(bucketKey(kms));
            case Encryption.Customer(CustomerKey key) ->
                stored.serverSideEncryption((String) null)
                        .ssekmsKeyId(null)
                        .bucketKeyEnabled(null)
                        .sseCustomerAlgorithm(AES256)
                        .sseCustomerKey(key.base64())
                        .sseCustomerKeyMD5(key.md5());
        }
        return stored.build();
    }

    private static CreateMultipartUploadRequest stored(CreateMultipartUploadRequest request, StoragePolicy policy) {
        CreateMultipartUploadRequest.Builder stored = request.toBuilder()
                .acl(policy.acl())
                .storageClass(storageClass(request.storageClassAsString(), policy));
        switch (policy.encryption()) {
            case Encryption.BucketDefault _ -> {}
            case Encryption.StoreKeys _ ->
                stored.serverSideEncryption(AES256).ssekmsKeyId(null).bucketKeyEnabled(null);
            case Encryption.Kms kms ->
                stored.serverSideEncryption(KMS).ssekmsKeyId(kms.keyId()).bucketKeyEnabled(bucketKey(kms));
            case Encryption.Customer(CustomerKey key) ->
                stored.serverSideEncryption((String) null)
                        .ssekmsKeyId(null)
                        .bucketKeyEnabled(null)
                        .sseCustomerAlgorithm(AES256)
                        .sseCustomerKey(key.base64())
                        .sseCustomerKeyMD5(key.md5());
        }
        return stored.build();
    }

    private static CopyObjectRequest stored(CopyObjectRequest request, StoragePolicy policy) {
        CopyObjectRequest.Builder stored = request.toBuilder()
                .acl(policy.acl())
                .storageClass(storageClass(request.storageClassAsString(), policy));
        switch (policy.encryption()) {
            case Encryption.BucketDefault _ -> {}
            case Encryption.StoreKeys _ ->
                stored.serverSideEncryption(AES256).ssekmsKeyId(null).bucketKeyEnabled(null);
            case Encryption.Kms kms ->
                stored.serverSideEncryption(KMS).ssekmsKeyId(kms.keyId()).bucketKeyEnabled(bucketKey(kms));
            case Encryption.Customer(CustomerKey key) ->
                stored.serverSideEncryption((String) null)
                        .ssekmsKeyId(null)
                        .bucketKeyEnabled(null)
                        .sseCustomerAlgorithm(AES256)
                        .sseCustomerKey(key.base64())
                        .sseCustomerKeyMD5(key.md5());
        }
        return stored.build();
    }

    /** Without a class in the policy, the default class need not be named, and some stores do not know its name. */
    private static @Nullable String storageClass(@Nullable String asked, StoragePolicy policy) {
        String own = policy.storageClass();
        if (own == null) {
            return StorageClass.STANDARD.toString().equals(asked) ? null : asked;
        }
        return asked == null ? own : asked;
    }

    /** Not sent unless set, so that the bucket's default applies. */
    private static @Nullable Boolean bucketKey(Encryption.Kms kms) {
        return kms.bucketKey() ? true : null;
    }

    /** The source of a copy may be encrypted with its own key, independent of the target. */
    private S3Request withSourceKey(S3Request request) {
        return switch (request) {
            case CopyObjectRequest copy -> {
                CustomerKey key = customerKey(rules.find(copy.sourceBucket(), copy.sourceKey()));
                yield key == null
                        ? copy
                        : copy.toBuilder()
                                .copySourceSSECustomerAlgorithm(AES256)
                                .copySourceSSECustomerKey(key.base64())
                                .copySourceSSECustomerKeyMD5(key.md5())
                                .build();
            }
            case UploadPartCopyRequest copy -> {
                CustomerKey key = customerKey(rules.find(copy.sourceBucket(), copy.sourceKey()));
                yield key == null
                        ? copy
                        : copy.toBuilder()
                                .copySourceSSECustomerAlgorithm(AES256)
                                .copySourceSSECustomerKey(key.base64())
                                .copySourceSSECustomerKeyMD5(key.md5())
                                .build();
            }
            default -> request;
        };
    }

    private S3Request inRole(S3Request request, StoragePolicy policy) {
        RoleCredentials credentials = policy.role() == null ? null : roles.get(policy.role());
        if (credentials == null) {
            return request;
        }
        AwsRequestOverrideConfiguration override = request.overrideConfiguration()
                .map(AwsRequestOverrideConfiguration::toBuilder)
                .orElseGet(AwsRequestOverrideConfiguration::builder)
                .credentialsProvider(credentials)
                .build();
        S3Request.Builder placed = request.toBuilder();
        placed.overrideConfiguration(override);
        return placed.build();
    }

    @Override
    public void close() {
        super.close();
        try {
            others.close();
        } catch (Exception e) {
            throw new IllegalStateException("the clients of roles could not be closed", e);
        }
    }
}
