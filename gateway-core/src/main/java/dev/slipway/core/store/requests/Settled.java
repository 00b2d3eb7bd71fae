package dev.slipway.core.store.requests;

import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;

/** Waits until requests are over, however they end: what undoes or follows them must not overtake any of them. */
public final class Settled {
    private Settled() {}

    /**
     * Blocks until all have ended, also when the thread is interrupted. How long that takes is bounded by the time-outs
     * of the requests.
     *
     * @param onInterrupt what makes the rest end sooner; may run more than once
     * @return whether the thread was interrupted meanwhile; it no longer is
     */
    public static boolean await(List<? extends CompletableFuture<?>> requests, Runnable onInterrupt) {
        CompletableFuture<Void> all = CompletableFuture.allOf(requests.toArray(CompletableFuture<?>[]::new));
        boolean interrupted = false;
        while (true) {
            try {
                all.get();
                return interrupted;
            } catch (InterruptedException e) {
                interrupted = true;
                onInterrupt.run();
            } catch (ExecutionException e) {
                // Each has its own failure, for the caller to look at.
                return interrupted;
            }
        }
    }
}
