package dev.slipway.testing;

import java.io.IOException;
import java.net.Socket;

/** Ends connections. */
public final class Sockets {
    private Sockets() {}

    /** An operation that ends something. */
    @FunctionalInterface
    public interface End {
        /** Ends it. */
        void run() throws IOException;
    }

    /** Ends what may have ended already. */
    public static void quietly(End end) {
        try {
            end.run();
        } catch (IOException e) {
            // Already ended.
        }
    }

    /** Resets a connection without any further message, even of TLS. */
    public static void drop(Socket socket) {
        quietly(() -> {
            socket.setSoLinger(true, 0);
            socket.close();
        });
    }
}
