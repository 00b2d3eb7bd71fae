package dev.slipway.transfer.remote;

import java.io.IOException;
import java.time.Duration;

/** Clients whose requests a test sees. */
public final class WatchedClient {
    private WatchedClient() {}

    /** See {@link RequestWatch}. */
    @FunctionalInterface
    public interface Watch {
        void at(RemoteConnection connection, String moment) throws IOException;
    }

    /** One that waits as long as does for most, and logs in each time: of a channel that is kept, nobody would be told. */
    public static RemoteClient of(Watch watch) {
        RemoteTimeouts usual = RemoteTimeouts.DEFAULT;
        return new RemoteClient(
                new RemoteTimeouts(usual.connect(), usual.answer(), usual.keepAlive(), Duration.ZERO), null, watch::at);
    }
}
