package dev.slipway.ftps;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;

/** Counts the control connections of each address on which nobody is logged in. Safe for use by several threads. */
final class UnauthenticatedConnections {
    private static final int NETWORK_BYTES = 8;

    private final int limit;
    private final Map<InetAddress, Integer> counts = new HashMap<>();

    /** @param limit the most of one address; of IPv6, of one /64 network, which is what a single host has */
    UnauthenticatedConnections(int limit) {
        this.limit = limit;
    }

    /** Adds a connection, which {@link #remove} takes away again; false if there would be too many. */
    synchronized boolean add(InetAddress client) {
        InetAddress origin = origin(client);
        int count = counts.getOrDefault(origin, 0);
        if (count >= limit) {
            return false;
        }
        counts.put(origin, count + 1);
        return true;
    }

    synchronized void remove(InetAddress client) {
        counts.computeIfPresent(origin(client), (_, count) -> count == 1 ? null : count - 1);
    }

    private static InetAddress origin(InetAddress client) {
        if (!(client instanceof Inet6Address)) {
            return client;
        }
        byte[] network = client.getAddress();
        Arrays.fill(network, NETWORK_BYTES, network.length, (byte) 0);
        try {
            return InetAddress.getByAddress(network);
        } catch (UnknownHostException e) {
            throw new IllegalStateException("an address of the right length", e);
        }
    }
}
