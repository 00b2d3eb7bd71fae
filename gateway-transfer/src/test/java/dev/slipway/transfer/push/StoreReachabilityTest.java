package dev.slipway.transfer.push;

import static org.assertj.core.api.Assertions.assertThat;

import dev.slipway.transfer.remote.Credentials;
import dev.slipway.transfer.remote.Remote;
import dev.slipway.transfer.remote.TransferMode;
import java.net.URI;
import java.time.Instant;
import java.util.List;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;

class StoreReachabilityTest {
    private static final URI URL = URI.create("http://store:9000/bucket/key?X-Amz-Signature=1");

    private Instant now = Instant.EPOCH;
    private final StoreReachability reachability = new StoreReachability(() -> now);

    private static Remote remote(String name) {
        return new Remote(
                name,
                name,
                Remote.DEFAULT_PORT,
                "me",
                new Credentials.Agent(),
                List.of("SHA256:x"),
                List.of(),
                TransferMode.AUTO,
                Remote.DEFAULT_MAX_JOBS,
                Remote.DEFAULT_MAX_CHANNELS,
                OptionalInt.empty(),
                "");
    }

    @Test
    void oneRetriesAfterAWhile() {
        assertThat(reachability.mayTry(remote("a"), URL)).isTrue();
        reachability.notReached(remote("a"), URL);
        assertThat(reachability.mayTry(remote("a"), URL.resolve("/other"))).isFalse();
        assertThat(reachability.mayTry(remote("b"), URL)).isTrue();
        assertThat(reachability.mayTry(remote("a"), URI.create("http://elsewhere:9000/")))
                .isTrue();

        now = now.plus(StoreReachability.KEPT);
        assertThat(reachability.mayTry(remote("a"), URL)).isTrue();
        assertThat(reachability.mayTry(remote("a"), URL))
                .as("while the first one tries")
                .isFalse();
        now = now.plus(StoreReachability.KEPT);
        assertThat(reachability.mayTry(remote("a"), URL))
                .as("nothing was heard of it")
                .isTrue();
        reachability.reached(remote("a"), URL);
        assertThat(reachability.mayTry(remote("a"), URL)).isTrue();
        assertThat(reachability.mayTry(remote("a"), URL)).isTrue();
    }

    @Test
    void knownFailuresAreForgottenOnRequest() {
        reachability.notReached(remote("a"), URL);
        reachability.notReached(remote("b"), URL);
        reachability.forget("a");
        assertThat(reachability.mayTry(remote("a"), URL)).isTrue();
        assertThat(reachability.mayTry(remote("b"), URL)).isFalse();
    }
}
