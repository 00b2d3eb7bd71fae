package dev.slipway.transfer.push;

import dev.slipway.core.state.AttributeTable;
import dev.slipway.core.store.ObjectKey;
import dev.slipway.core.store.ObjectSources;
import java.net.URI;
import java.util.Objects;

/** Makes sources of requests. */
final class Sources implements AutoCloseable {
    private final ObjectSources store;
    private final AttributeTable attributes;
    private final PushSettings settings;
    private final StoreReachability reachability;
    private final UrlClient client;

    /** @param reachability which remotes reach the store */
    Sources(ObjectSources store, AttributeTable attributes, PushSettings settings, StoreReachability reachability) {
        this.store = store;
        this.attributes = attributes;
        this.settings = settings;
        this.reachability = reachability;
        this.client = new UrlClient(settings.sources());
    }

    /**
     * @param name what people call it
     * @param sealed of the same order; null if it has nothing that is sealed
     */
    Source of(String name, PushRequest request, SealedOrder sealed) {
        if (request.url() != null) {
            return new UrlSource(client, URI.create(Objects.requireNonNull(sealed.url())), sealed.headers());
        }
        return new ObjectSource(
                store,
                attributes,
                name,
                new ObjectKey(request.bucket(), request.key()),
                request.versionId(),
                request.etag(),
                settings.urlLifetime(),
                settings.storeEndpoint());
    }

    StoreReachability reachability() {
        return reachability;
    }

    ObjectSources store() {
        return store;
    }

    @Override
    public void close() {
        client.close();
    }
}
