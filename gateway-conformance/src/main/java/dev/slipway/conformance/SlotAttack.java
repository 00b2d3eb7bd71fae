package dev.slipway.conformance;

import java.io.IOException;
import java.net.Socket;
import java.util.ArrayList;
import java.util.List;

/** Opens idle connections from several addresses, and replaces those that the server closes. */
final class SlotAttack extends Attack {
    private static final int PER_ADDRESS = 310;

    private final int port;
    private final String protocol;

    SlotAttack(int port, String protocol) {
        this.port = port;
        this.protocol = protocol;
    }

    @Override
    String title() {
        return "idle connections, " + protocol;
    }

    @Override
    int workers() {
        return 6;
    }

    @Override
    void work(int worker) throws IOException, InterruptedException {
        List<Socket> open = new ArrayList<>();
        try {
            while (!isOver()) {
                if (open.size() >= PER_ADDRESS) {
                    // Connections that the server has closed are replaced.
                    open.removeFirst().close();
                    Thread.sleep(20);
                }
                try {
                    open.add(connect(port, worker));
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
