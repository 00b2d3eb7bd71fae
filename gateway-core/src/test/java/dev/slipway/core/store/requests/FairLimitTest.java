package dev.slipway.core.store.requests;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

class FairLimitTest {
    @Test
    void aRequestThatFailsAtOnceDoesNotBlockLaterOnes() {
        FairLimit limit = new FairLimit(1);
        CompletableFuture<String> running = new CompletableFuture<>();
        CompletableFuture<String> first = limit.run(() -> running);
        List<CompletableFuture<String>> waiting = new ArrayList<>();
        for (int i = 0; i < 20_000; i++) {
            waiting.add(limit.run(() -> CompletableFuture.failedFuture(new IllegalStateException("closed"))));
        }
        waiting.add(limit.run(() -> {
            throw new AssertionError("an error of the client");
        }));
        CompletableFuture<String> last = limit.run(() -> CompletableFuture.completedFuture("done"));
        running.complete("done");

        assertThat(first).isCompletedWithValue("done");
        assertThat(waiting.stream()
                        .filter(future -> !future.isCompletedExceptionally())
                        .count())
                .isZero();
        assertThat(last).isCompletedWithValue("done");
    }
}
