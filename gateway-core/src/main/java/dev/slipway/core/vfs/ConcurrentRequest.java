package dev.slipway.core.vfs;

import dev.slipway.core.Failure;
import dev.slipway.core.VfsException;
import dev.slipway.core.store.StoreException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;

/** A request to the store that runs beside those of the thread that needs its result. */
final class ConcurrentRequest<T> {
    private final Future<T> running;

    private ConcurrentRequest(Future<T> running) {
        this.running = running;
    }

    static <T> ConcurrentRequest<T> start(ExecutorService executor, FailureReports.Operation<T> request) {
        return new ConcurrentRequest<>(executor.submit(request::run));
    }

    /** Waits for the result. Fails as the request would have on this thread, also if the state database has failed. */
    T result() throws StoreException, VfsException {
        try {
            return running.get();
        } catch (ExecutionException e) {
            switch (e.getCause()) {
                case StoreException failure -> throw failure;
                case VfsException failure -> throw failure;
                case RuntimeException failure -> throw failure;
                case null, default -> throw new IllegalStateException("a request to the store failed", e.getCause());
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new StoreException(Failure.ABORTED, "interrupted while waiting for the store", e);
        }
    }
}
