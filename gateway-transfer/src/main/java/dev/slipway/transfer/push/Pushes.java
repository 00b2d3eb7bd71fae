package dev.slipway.transfer.push;

import dev.slipway.transfer.job.Job;
import dev.slipway.transfer.remote.RemoteException;
import dev.slipway.transfer.remote.RemoteSpace;
import org.jspecify.annotations.Nullable;

/** Accepts orders to push objects to remotes. All calls block and may come from any thread. */
public interface Pushes {
    /**
     * Submits an order as a job; it is durable when this returns. Neither the store nor the remote has been contacted
     * yet.
     *
     * @throws PushOrderException the order is invalid, or names an unknown remote or account
     */
    Job submit(PushOrder order) throws PushOrderException;

    /**
     * Determines anew which mode auto chooses for a remote: whether it can fetch files itself, and reaches the store.
     * Later pushes use the result. Blocks for a connection, and for the remote's own to the store.
     *
     * @param bucket one of the store, which has its address; null if none is known, which leaves the way to the next
     *     push
     * @throws PushOrderException there is no such remote, or nothing can be asked of the store
     */
    AutoMode autoMode(String remote, @Nullable String bucket) throws PushOrderException, RemoteException;

    /**
     * Measures the free space of a remote. Blocks for a connection.
     *
     * @param path an absolute path there; its nearest folder that exists is measured
     * @throws PushOrderException there is no such remote
     */
    RemoteSpace space(String remote, String path) throws PushOrderException, RemoteException;
}
