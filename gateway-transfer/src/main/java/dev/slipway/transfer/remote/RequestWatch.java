package dev.slipway.transfer.remote;

import java.io.IOException;

/**
 * Hooks just before each request to a remote is sent, and just after its answer has arrived. Only tests use it, to stop
 * the work at each of these moments.
 */
@FunctionalInterface
interface RequestWatch {
    RequestWatch NOBODY = (_, _) -> {};

    /**
     * Called by the thread of the request, which continues when this returns.
     *
     * @throws IOException treated as a failure of the connection
     */
    void at(RemoteConnection connection, String moment) throws IOException;
}
