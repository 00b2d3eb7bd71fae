package dev.slipway.core.store.requests;

import java.util.ArrayDeque;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;

/** Lets so many asynchronous requests run at once; the others run in the order in which they came. */
public final class FairLimit {
    private final ArrayDeque<Runnable> waiting = new ArrayDeque<>();
    private int free;

    /** Whether a thread is starting those who wait; it sees what becomes free meanwhile. */
    private boolean starting;

    /** Lets so many run. */
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

    /** Requests may end at once, so that each starts the next: they take turns rather than pile up on the stack. */
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
