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

    /** One whose connections are used once, so that it is known whose they are; it waits as long as does for most. */
    public static RemoteClient of(Watch watch) {
        RemoteTimeouts usual = RemoteTimeouts.DEFAULT;
        return new RemoteClient(
                new RemoteTimeouts(usual.connect(), usual.answer(), usual.keepAlive(), Duration.ZERO), null, watch::at);
    }
}
