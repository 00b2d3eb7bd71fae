package dev.slipway.app.embedded;

import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReentrantLock;
import org.gaul.s3proxy.blobstore.BlobStore;
import org.gaul.s3proxy.blobstore.ForwardingBlobStore;
import org.gaul.s3proxy.blobstore.S3Exceptions;
import org.gaul.s3proxy.blobstore.domain.MultipartUpload;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.core.ResponseInputStream;
import software.amazon.awssdk.services.s3.model.BucketCannedACL;
import software.amazon.awssdk.services.s3.model.CompleteMultipartUploadRequest;
import software.amazon.awssdk.services.s3.model.CompleteMultipartUploadResponse;
import software.amazon.awssdk.services.s3.model.CopyObjectRequest;
import software.amazon.awssdk.services.s3.model.CopyObjectResponse;
import software.amazon.awssdk.services.s3.model.CreateBucketRequest;
import software.amazon.awssdk.services.s3.model.CreateBucketResponse;
import software.amazon.awssdk.services.s3.model.CreateMultipartUploadRequest;
import software.amazon.awssdk.services.s3.model.DeleteObjectRequest;
import software.amazon.awssdk.services.s3.model.DeleteObjectResponse;
import software.amazon.awssdk.services.s3.model.GetObjectRequest;
import software.amazon.awssdk.services.s3.model.GetObjectResponse;
import software.amazon.awssdk.services.s3.model.HeadObjectRequest;
import software.amazon.awssdk.services.s3.model.HeadObjectResponse;
import software.amazon.awssdk.services.s3.model.ListObjectsV2Request;
import software.amazon.awssdk.services.s3.model.ListObjectsV2Response;
import software.amazon.awssdk.services.s3.model.ObjectCannedACL;
import software.amazon.awssdk.services.s3.model.PutObjectRequest;
import software.amazon.awssdk.services.s3.model.PutObjectResponse;
import software.amazon.awssdk.services.s3.model.S3Object;

/**
 * s3proxy's store on a folder, without names that it would confuse and without unfinished files. Everything is private:
 * s3proxy derives ACLs from file modes, and would show world-readable files to anybody.
 */
final class GuardedBlobStore extends ForwardingBlobStore {
    private final Path buckets;

    /** Held while an object is removed. */
    private final Lock removal = new ReentrantLock();

    /** @param buckets the folder that {@code store} is on */
    GuardedBlobStore(BlobStore store, Path buckets) {
        super(store);
        this.buckets = buckets;
    }

    /** Leaves out unfinished files, which are beside their objects under temporary names. */
    @Override
    public ListObjectsV2Response list(ListObjectsV2Request request) {
        ListObjectsV2Response page = super.list(request);
        List<S3Object> finished = page.contents().stream()
                .filter(object -> object.eTag() != null || !Leftovers.isTemporaryName(object.key()))
                .toList();
        return finished.size() == page.contents().size()
                ? page
                : page.toBuilder().contents(finished).build();
    }

    /** Called before requests without credentials are answered, even for missing buckets. */
    @Override
    public BucketCannedACL getContainerAccess(String container) {
        return BucketCannedACL.PRIVATE;
    }

    @Override
    public ObjectCannedACL getBlobAccess(String container, String name) {
        return ObjectCannedACL.PRIVATE;
    }

    @Override
    public ObjectCannedACL getBlobAccess(String container, String name, @Nullable String version) {
        return ObjectCannedACL.PRIVATE;
    }

    @Override
    public void setContainerAccess(String container, BucketCannedACL acl) {
        refuseToPublish(acl != BucketCannedACL.PRIVATE);
        super.setContainerAccess(container, acl);
    }

    @Override
    public void setBlobAccess(String container, String name, ObjectCannedACL acl) {
        refuseToPublish(acl != ObjectCannedACL.PRIVATE);
        super.setBlobAccess(container, name, acl);
    }

    @Override
    public void setBlobAccess(String container, String name, ObjectCannedACL acl, @Nullable String version) {
        refuseToPublish(acl != ObjectCannedACL.PRIVATE);
        super.setBlobAccess(container, name, acl, version);
    }

    @Override
    public CreateBucketResponse createContainer(CreateBucketRequest request) {
        refuseToPublish(request.acl() != null && request.acl() != BucketCannedACL.PRIVATE);
        return super.createContainer(request);
    }

    private static void refuseToPublish(boolean publishes) {
        if (publishes) {
            throw S3Exceptions.invalidArgument("This store is private: the only accepted ACL is private");
        }
    }

    private static void refuseToPublish(@Nullable ObjectCannedACL acl) {
        refuseToPublish(acl != null && acl != ObjectCannedACL.PRIVATE);
    }

    @Override
    public PutObjectResponse putBlob(PutObjectRequest request, InputStream payload) {
        refuseToPublish(request.acl());
        refuse(request.key(), KeyRules.problemOfPut(request.key()).or(() -> clash(request.bucket(), request.key())));
        return super.putBlob(request, payload);
    }

    @Override
    public CopyObjectResponse copyBlob(CopyObjectRequest request) {
        refuseToPublish(request.acl());
        requireNameable(request.sourceBucket(), request.sourceKey());
        String key = request.destinationKey();
        refuse(key, KeyRules.problemOfPut(key).or(() -> clash(request.destinationBucket(), key)));
        return super.copyBlob(request);
    }

    @Override
    public MultipartUpload initiateMultipartUpload(CreateMultipartUploadRequest request) {
        refuseToPublish(request.acl());
        refuse(request.key(), KeyRules.problemOfUpload(request.key()).or(() -> clash(request.bucket(), request.key())));
        return super.initiateMultipartUpload(request);
    }

    @Override
    public CompleteMultipartUploadResponse completeMultipartUpload(
            MultipartUpload upload, CompleteMultipartUploadRequest request) {
        refuse(upload.blobName(), clash(upload.containerName(), upload.blobName()));
        return super.completeMultipartUpload(upload, request);
    }

    @Override
    public HeadObjectResponse blobMetadata(HeadObjectRequest request) {
        requireNameable(request.bucket(), request.key());
        return super.blobMetadata(request);
    }

    @Override
    public ResponseInputStream<GetObjectResponse> getBlob(GetObjectRequest request) {
        requireNameable(request.bucket(), request.key());
        return super.getBlob(request);
    }

    @Override
    public boolean blobExists(String container, String name) {
        return KeyRules.problem(name).isEmpty() && super.blobExists(container, name);
    }

    /**
     * Deleting an impossible key succeeds, as for any missing key. Removals run one after the other: if a directory's
     * marker and its last child were removed at once, each might leave the directory to the other, and an empty one
     * would stay in listings forever.
     */
    @Override
    public DeleteObjectResponse removeBlob(DeleteObjectRequest request) {
        if (KeyRules.problem(request.key()).isPresent()) {
            return DeleteObjectResponse.builder().build();
        }
        removal.lock();
        try {
            return super.removeBlob(request);
        } finally {
            removal.unlock();
        }
    }

    /** Why a key cannot be stored, if a file or a directory is in the way. */
    private Optional<String> clash(String bucket, String key) {
        Path top = buckets.resolve(bucket);
        Path name = Path.of(key);
        if (!key.endsWith("/") && Files.isDirectory(top.resolve(name))) {
            return Optional.of("is the name of a directory");
        }
        int parents = key.endsWith("/") ? name.getNameCount() : name.getNameCount() - 1;
        for (int i = 1; i <= parents; i++) {
            if (Files.isRegularFile(top.resolve(name.subpath(0, i)))) {
                return Optional.of("leads through the object " + name.subpath(0, i));
            }
        }
        return Optional.empty();
    }

    private static void refuse(String key, Optional<String> problem) {
        if (problem.isPresent()) {
            throw S3Exceptions.invalidArgument(
                    "This store keeps objects as files. It cannot keep one whose key " + problem.get() + ": " + key);
        }
    }

    private static void requireNameable(String bucket, String key) {
        if (KeyRules.problem(key).isPresent()) {
            throw S3Exceptions.noSuchKey(bucket, key, "no object can have this key");
        }
    }
}
