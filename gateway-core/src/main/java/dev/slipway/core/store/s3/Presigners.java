package dev.slipway.core.store.s3;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import dev.slipway.core.Failure;
import dev.slipway.core.store.ObjectInfo;
import dev.slipway.core.store.PresignedRequest;
import dev.slipway.core.store.StoreException;
import java.net.URI;
import java.net.URISyntaxException;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.services.s3.model.GetObjectRequest;
import software.amazon.awssdk.services.s3.presigner.S3Presigner;
import software.amazon.awssdk.services.s3.presigner.model.PresignedGetObjectRequest;

/** Signs requests for others to make, with one presigner for each endpoint. */
final class Presigners implements AutoCloseable {
    private static final String HOST = "host";

    private final Function<@Nullable URI, S3Presigner> create;
    private final UnaryOperator<GetObjectRequest> placed;

    @GuardedBy("this")
    private final Map<String, S3Presigner> presigners = new HashMap<>();

    /**
     * @param create creates the presigner for an endpoint; null is the gateway's own endpoint
     * @param placed adds what the storage policy of the request's location requires
     */
    Presigners(Function<@Nullable URI, S3Presigner> create, UnaryOperator<GetObjectRequest> placed) {
        this.create = create;
        this.placed = placed;
    }

    /** See {@link dev.slipway.core.store.ObjectSources#presign}. */
    PresignedRequest presign(ObjectInfo version, Duration lifetime, @Nullable URI endpoint) throws StoreException {
        GetObjectRequest.Builder get = GetObjectRequest.builder()
                .bucket(version.key().bucket())
                .key(version.key().key())
                .versionId(version.versionId());
        if (!version.etag().isEmpty()) {
            get.ifMatch(version.etag());
        }
        GetObjectRequest request = placed.apply(get.build());
        String what = "the GET of " + version.key();
        try {
            PresignedGetObjectRequest signed = presigner(endpoint)
                    .presignGetObject(
                            presign -> presign.signatureDuration(lifetime).getObjectRequest(request));
            Map<String, String> headers = new HashMap<>();
            signed.signedHeaders().forEach((name, values) -> {
                // Clients derive this header from the URL.
                if (!name.equalsIgnoreCase(HOST)) {
                    headers.put(name, String.join(",", values));
                }
            });
            return new PresignedRequest(signed.url().toURI(), headers);
        } catch (SdkException e) {
            throw new StoreException(Failure.UNAVAILABLE, what + " could not be signed: " + e.getMessage(), e);
        } catch (URISyntaxException e) {
            throw new StoreException(Failure.INTERNAL, what + " has no valid URL", e);
        }
    }

    private synchronized S3Presigner presigner(@Nullable URI endpoint) {
        return presigners.computeIfAbsent(String.valueOf(endpoint), _ -> create.apply(endpoint));
    }

    @Override
    public synchronized void close() {
        presigners.values().forEach(S3Presigner::close);
        presigners.clear();
    }
}
