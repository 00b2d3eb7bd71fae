package dev.slipway.transfer.push;

import dev.slipway.transfer.job.Job;
import dev.slipway.transfer.remote.RemoteException;
import dev.slipway.transfer.remote.RemoteSpace;

/** Takes orders to send objects to remotes. All calls block and may come from any thread. */
public interface Pushes {
    /**
     * Makes a job of an order; it is durable when this returns. Neither the store nor the remote is asked yet.
     *
     * @throws PushOrderException the order is wrong, or names a remote or an account that there is not
     */
    Job submit(PushOrder order) throws PushOrderException;

    /**
     * Measures the room of a remote. Blocks for a connection.
     *
     * @param path an absolute path there; its nearest folder that exists is measured
     * @throws PushOrderException there is no such remote
     */
    RemoteSpace space(String remote, String path) throws PushOrderException, RemoteException;
}
