package dev.slipway.transfer.push;

import dev.slipway.core.state.AttributeTable;
import dev.slipway.core.store.ObjectKey;
import dev.slipway.core.store.ObjectSources;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpClient.Redirect;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;

/** Makes sources of requests. */
final class Sources implements AutoCloseable {
    private final ObjectSources store;
    private final AttributeTable attributes;
    private final PushSettings settings;
    private final Ways ways;
    private final HttpClient client = HttpClient.newBuilder()
            .connectTimeout(Duration.ofSeconds(30))
            // Where it leads to would get the headers of the order.
            .followRedirects(Redirect.NEVER)
            .build();

    private final ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor(
            Thread.ofPlatform().name("push-timer").daemon().factory());

    /** @param ways who reaches them */
    Sources(ObjectSources store, AttributeTable attributes, PushSettings settings, Ways ways) {
        this.store = store;
        this.attributes = attributes;
        this.settings = settings;
        this.ways = ways;
    }

    /** @param sealed of the same order; null if it has nothing that is sealed */
    Source of(PushRequest request, SealedOrder sealed) {
        if (request.url() != null) {
            return new UrlSource(client, timer, URI.create(Objects.requireNonNull(sealed.url())), sealed.headers());
        }
        return new ObjectSource(
                store,
                attributes,
                new ObjectKey(request.bucket(), request.key()),
                request.versionId(),
                settings.urlLifetime(),
                settings.storeEndpoint());
    }

    Ways ways() {
        return ways;
    }

    ObjectSources store() {
        return store;
    }

    @Override
    public void close() {
        client.shutdownNow();
        timer.shutdownNow();
    }
}
