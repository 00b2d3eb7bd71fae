package dev.slipway.core.store;

import dev.slipway.core.Failure;
import java.net.URI;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** Signs requests for somebody else to make, who has no credentials for the store. */
@FunctionalInterface
public interface RequestSigner {
    /** See {@link ObjectSources#presign}. */
    PresignedRequest presign(ObjectInfo version, Duration lifetime, @Nullable URI endpoint) throws StoreException;

    /** Returns a signer for stores that only the gateway can reach: each call fails as {@link Failure#UNSUPPORTED}. */
    static RequestSigner none() {
        return (version, _, _) -> {
            throw new StoreException(Failure.UNSUPPORTED, version.key() + ": this store signs no requests");
        };
    }
}
