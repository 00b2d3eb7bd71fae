package dev.slipway.transfer.push;

import dev.slipway.transfer.job.Job;
import dev.slipway.transfer.remote.RemoteException;
import dev.slipway.transfer.remote.RemoteSpace;
import org.jspecify.annotations.Nullable;

/** Accepts orders to push objects to remotes. All calls block and may come from any thread. */
public interface Pushes {
    /**
     * Submits an order as a job; it is durable when this returns. The remote has not been contacted yet, and the store only
     * about a single file of an account, which must exist. The same order with the same id is the same job.
     *
     * @throws PushOrderException the order is invalid, or names an unknown remote or account; or a job has its id already
     *     that another order asked for
     */
    Job submit(PushOrder order) throws PushOrderException;

    /**
     * Determines again which mode auto chooses for a remote: whether it can fetch files itself, and reaches the store.
     * Later pushes use the result. Blocks for a connection, and for the remote's own to the store.
     *
     * @param bucket a bucket of the store, from which its address follows; null if none is known: the next push then
     *     tests whether the remote reaches the store
     * @throws PushOrderException if there is no such remote, or the store cannot be tested
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
