package dev.slipway.bench;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.concurrent.ThreadLocalRandom;

/**
 * A range of ports, both ends included.
 *
 * @param first 0 for none
 * @param last 0 for none
 */
record PortRange(int first, int last) {
    static final PortRange NONE = new PortRange(0, 0);

    /** Below the range of ephemeral ports. */
    private static final int LOWEST = 20_000;

    private static final int HIGHEST = 30_000;
    private static final int ATTEMPTS = 50;

    /**
     * Finds consecutive ports on which nothing listens now.
     *
     * @param count 1 to 1000
     */
    static PortRange free(int count) throws IOException {
        for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
            int first = ThreadLocalRandom.current().nextInt(LOWEST, HIGHEST - count);
            if (isFree(first, count)) {
                return new PortRange(first, first + count - 1);
            }
        }
        throw new IOException("found no range of " + count + " free ports between " + LOWEST + " and " + HIGHEST);
    }

    private static boolean isFree(int first, int count) {
        for (int port = first; port < first + count; port++) {
            try (ServerSocket socket = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
                if (socket.getLocalPort() != port) {
                    return false;
                }
            } catch (IOException e) {
                return false;
            }
        }
        return true;
    }
}
