package dev.slipway.core.store.requests;

import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;

/** Waits until requests have ended, successfully or not, so that what undoes or follows them cannot overtake any. */
public final class Settled {
    private Settled() {}

    /**
     * Blocks until all requests have ended, even if the thread is interrupted. The requests' time-outs bound the wait.
     *
     * @param onInterrupt makes the remaining requests end sooner; may run more than once
     * @return whether the thread was interrupted meanwhile; its interrupt flag is cleared
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
                // The caller looks at each request's failure.
                return interrupted;
            }
        }
    }
}
