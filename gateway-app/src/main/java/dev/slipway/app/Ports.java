package dev.slipway.app;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.util.Optional;

/** Whether ports can be listened on, asked before anything is started. */
final class Ports {
    private Ports() {}

    /**
     * Why a port cannot be listened on now, in the operating system's words; empty if it can, and for the ports 0 and
     * below, which stand for a free one and for none.
     */
    static Optional<String> problem(InetAddress address, int port) {
        if (port <= 0) {
            return Optional.empty();
        }
        // Not a ServerSocket, which listens as soon as it is bound: clients that wait for the gateway would connect to
        // it.
        try (Socket probe = new Socket()) {
            // As the listeners do: connections of an earlier run that linger are no hindrance.
            probe.setReuseAddress(true);
            probe.bind(new InetSocketAddress(address, port));
            return Optional.empty();
        } catch (IOException e) {
            return Optional.of(String.valueOf(e.getMessage()));
        }
    }
}
