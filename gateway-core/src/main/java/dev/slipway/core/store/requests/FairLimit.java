package dev.slipway.core.store.requests;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.util.ArrayDeque;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;

/** Limits how many asynchronous requests run at once; the others start in the order in which they came. */
public final class FairLimit {
    @GuardedBy("this")
    private final ArrayDeque<Runnable> waiting = new ArrayDeque<>();

    @GuardedBy("this")
    private int free;

    /** Whether a thread is already starting waiting requests; it also uses permits that become free meanwhile. */
    @GuardedBy("this")
    private boolean starting;

    /** @param limit the number of concurrent requests */
    public FairLimit(int limit) {
        free = limit;
    }

    /** Starts a request now or when it is its turn. Does not block. */
    public <T> CompletableFuture<T> run(Supplier<CompletableFuture<T>> request) {
        CompletableFuture<T> result = new CompletableFuture<>();
        Runnable start = () -> start(request, result);
        synchronized (this) {
            if (free == 0 || !waiting.isEmpty()) {
                waiting.add(start);
                return result;
            }
            free--;
        }
        start.run();
        return result;
    }

    private <T> void start(Supplier<CompletableFuture<T>> request, CompletableFuture<T> result) {
        CompletableFuture<T> running;
        try {
            running = request.get();
        } catch (RuntimeException | Error e) {
            running = CompletableFuture.failedFuture(e);
        }
        var _ = running.whenComplete((value, thrown) -> {
            startNext();
            if (thrown == null) {
                result.complete(value);
            } else {
                result.completeExceptionally(thrown);
            }
        });
    }

    /** A request may end at once and start the next: a loop instead of recursion keeps the stack flat. */
    private void startNext() {
        synchronized (this) {
            free++;
            if (starting) {
                return;
            }
            starting = true;
        }
        while (true) {
            Runnable next;
            synchronized (this) {
                if (free == 0 || waiting.isEmpty()) {
                    starting = false;
                    return;
                }
                free--;
                next = waiting.remove();
            }
            next.run();
        }
    }
}
