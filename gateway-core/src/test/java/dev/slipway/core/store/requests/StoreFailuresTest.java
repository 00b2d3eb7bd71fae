package dev.slipway.core.store.requests;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.slipway.core.Failure;
import dev.slipway.core.store.StoreException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import org.assertj.core.api.InstanceOfAssertFactories;
import org.junit.jupiter.api.Test;

class StoreFailuresTest {
    /** A request that the SDK never completes would otherwise block its client forever. */
    @Test
    void aRequestThatNeverEndsTimesOut() {
        CompletableFuture<String> unanswered = new CompletableFuture<>();

        assertThatThrownBy(() -> StoreFailures.await(unanswered, "HEAD s3://bucket/key", Duration.ofMillis(20)))
                .hasMessageContaining("HEAD s3://bucket/key: no answer")
                .asInstanceOf(InstanceOfAssertFactories.type(StoreException.class))
                .extracting(StoreException::failure)
                .isEqualTo(Failure.UNAVAILABLE);
        assertThat(unanswered).isCancelled();
    }
}
