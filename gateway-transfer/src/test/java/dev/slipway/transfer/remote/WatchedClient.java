package dev.slipway.transfer.remote;

import java.io.IOException;

/** Clients whose requests a test sees. */
public final class WatchedClient {
    private WatchedClient() {}

    /** See {@link RequestWatch}. */
    @FunctionalInterface
    public interface Watch {
        void at(RemoteConnection connection, String moment) throws IOException;
    }

    /** One that waits as long as does for most. */
    public static RemoteClient of(Watch watch) {
        return new RemoteClient(RemoteTimeouts.DEFAULT, null, watch::at);
    }
}
