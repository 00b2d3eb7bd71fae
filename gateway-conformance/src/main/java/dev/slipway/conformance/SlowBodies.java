package dev.slipway.conformance;

import java.io.IOException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** Requests to the admin listener that never become complete: endless heads, and bodies that arrive byte by byte. */
final class SlowBodies extends Attack {
    private static final int CONNECTIONS = 110;

    private final int port;

    SlowBodies(int port) {
        this.port = port;
    }

    @Override
    String title() {
        return "slow HTTP requests";
    }

    @Override
    int workers() {
        return 10;
    }

    @Override
    void work(int worker) throws IOException, InterruptedException {
        List<Socket> open = new ArrayList<>();
        try {
            while (!isOver()) {
                if (open.size() >= CONNECTIONS) {
                    for (Socket socket : List.copyOf(open)) {
                        try {
                            socket.getOutputStream().write(' ');
                        } catch (IOException e) {
                            socket.close();
                            open.remove(socket);
                        }
                    }
                    Thread.sleep(500);
                    continue;
                }
                try {
                    Socket socket = connect(port, worker);
                    open.add(socket);
                    boolean half = open.size() % 10 != 0;
                    String request = half
                            ? "GET /healthz HTTP/1.1\r\nHost: 127.0.0.1:" + port + "\r\nX-Slow: "
                            : "POST /api/v1/login HTTP/1.1\r\nHost: 127.0.0.1:" + port
                                    + "\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n{";
                    socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
                    count();
                } catch (IOException e) {
                    Thread.sleep(20);
                }
            }
        } finally {
            for (Socket socket : open) {
                socket.close();
            }
        }
    }
}
