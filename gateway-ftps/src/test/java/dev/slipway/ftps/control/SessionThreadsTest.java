package dev.slipway.ftps.control;

import static org.assertj.core.api.Assertions.assertThat;

import dev.slipway.core.Protocol;
import dev.slipway.core.event.Client;
import dev.slipway.testing.Patience;
import java.net.InetAddress;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.slf4j.MDC;

@Timeout(Patience.TEST_SECONDS)
class SessionThreadsTest {
    private static final Duration LONG = Patience.LIMIT;

    private final SessionThreads threads = new SessionThreads(2);

    @Test
    void tasksNeverWaitForEachOtherAndTheFirstHavePlatformThreads() throws Exception {
        CountDownLatch all = new CountDownLatch(5);
        List<CompletableFuture<Boolean>> virtual = Stream.generate(() -> CompletableFuture.supplyAsync(
                        () -> {
                            all.countDown();
                            await(all);
                            return Thread.currentThread().isVirtual();
                        },
                        threads))
                .limit(5)
                .toList();

        assertThat(virtual.stream().map(CompletableFuture::join)).containsExactly(false, false, true, true, true);
        assertThat(threads.end(LONG)).isTrue();
    }

    @Test
    void theLoggingContextEndsWithItsTask() throws Exception {
        Client client = new Client("s1", Protocol.SFTP, InetAddress.getLoopbackAddress(), "alice");
        for (int i = 0; i < 20; i++) {
            Map<String, String> inherited = CompletableFuture.supplyAsync(
                            () -> {
                                Map<String, String> found = MDC.getCopyOfContextMap();
                                client.markThread();
                                return found == null ? Map.<String, String>of() : found;
                            },
                            threads)
                    .join();
            assertThat(inherited).isEmpty();
        }
        assertThat(threads.end(LONG)).isTrue();
    }

    @Test
    void closeWaitsForThreadsOfBothKindsAndStillRunsCleanUps() throws Exception {
        CountDownLatch go = new CountDownLatch(1);
        List<CompletableFuture<Void>> tasks = Stream.generate(
                        () -> CompletableFuture.runAsync(() -> await(go), threads))
                .limit(3)
                .toList();

        assertThat(threads.end(Duration.ofMillis(1))).isFalse();
        CompletableFuture.runAsync(() -> {}, threads).get(LONG.toSeconds(), TimeUnit.SECONDS);
        assertThat(tasks).noneMatch(CompletableFuture::isDone);
        go.countDown();
        assertThat(threads.end(LONG)).isTrue();
        assertThat(tasks).allMatch(CompletableFuture::isDone);
    }

    private static void await(CountDownLatch latch) {
        try {
            assertThat(latch.await(LONG.toSeconds(), TimeUnit.SECONDS)).isTrue();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }
}
