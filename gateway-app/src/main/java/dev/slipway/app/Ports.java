package dev.slipway.app;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.util.Optional;

/** Checks whether ports are available, before anything is started. */
final class Ports {
    private Ports() {}

    /**
     * Why a port is not available now, as the operating system reports it; empty if it is, and for the ports 0 and
     * below, which stand for any free port and for none.
     */
    static Optional<String> problem(InetAddress address, int port) {
        if (port <= 0) {
            return Optional.empty();
        }
        // Not a ServerSocket, which listens as soon as it is bound: waiting clients would connect to it.
        try (Socket probe = new Socket()) {
            // As the listeners do: lingering connections of an earlier run do not matter.
            probe.setReuseAddress(true);
            probe.bind(new InetSocketAddress(address, port));
            return Optional.empty();
        } catch (IOException e) {
            return Optional.of(String.valueOf(e.getMessage()));
        }
    }
}
