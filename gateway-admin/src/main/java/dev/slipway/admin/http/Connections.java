package dev.slipway.admin.http;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The connections of a listener, up to a limit. At the limit, the connection that has waited longest for its client's
 * next byte makes room for a new one, so that clients with unfinished requests keep nobody out. Safe for use by several
 * threads; nothing blocks.
 */
final class Connections {
    private final int most;
    private final int mostOfAddress;
    private final Map<String, Group> groups = new HashMap<>();
    private int count;

    /** The connections of one address. */
    private static final class Group {
        private int count;
        /** Those that wait for their client, longest first. */
        private final LinkedHashSet<Admitted> waiting = new LinkedHashSet<>();
    }

    /** The place of a connection. */
    final class Admitted {
        private final String key;
        private final Runnable closing;
        private boolean left;

        private Admitted(String key, Runnable closing) {
            this.key = key;
            this.closing = closing;
        }

        /** From now on, the connection waits for its client, and may be closed for another one. */
        void waits() {
            synchronized (Connections.this) {
                Group group = groups.get(key);
                if (!left && group != null) {
                    boolean _ = group.waiting.add(this);
                }
            }
        }

        /** The connection has a request to answer, or an authenticated client. */
        void isBusy() {
            synchronized (Connections.this) {
                Group group = groups.get(key);
                if (group != null) {
                    group.waiting.remove(this);
                }
            }
        }

        /** The connection is closed. */
        void leave() {
            synchronized (Connections.this) {
                remove(this);
            }
        }
    }

    /** @param mostOfAddress of one IPv4 address or one IPv6 network of 64 bits */
    Connections(int most, int mostOfAddress) {
        this.most = most;
        this.mostOfAddress = mostOfAddress;
    }

    /**
     * Takes a place for a connection, which waits for its client at first.
     *
     * @param closing closes the connection; must not block
     * @return null if the limit is reached and no connection can make room
     */
    @Nullable
    Admitted take(InetAddress address, Runnable closing) {
        String key = key(address);
        Admitted place = new Admitted(key, closing);
        Admitted leaves = null;
        synchronized (this) {
            Group group = groups.computeIfAbsent(key, _ -> new Group());
            if (group.count >= mostOfAddress) {
                leaves = first(group);
            } else if (count >= most) {
                leaves = longestWaiting();
            }
            if (leaves != null) {
                remove(leaves);
            }
            group = groups.computeIfAbsent(key, _ -> new Group());
            if (group.count >= mostOfAddress || count >= most) {
                if (group.count == 0) {
                    groups.remove(key);
                }
                return null;
            }
            group.count++;
            count++;
            place.waits();
        }
        if (leaves != null) {
            leaves.closing.run();
        }
        return place;
    }

    /** How many connections there are. */
    synchronized int count() {
        return count;
    }

    private static @Nullable Admitted first(Group group) {
        return group.waiting.isEmpty() ? null : group.waiting.getFirst();
    }

    /** The oldest waiting connection of the address with the most of them. */
    private @Nullable Admitted longestWaiting() {
        Group largest = null;
        for (Group group : groups.values()) {
            if (largest == null || group.waiting.size() > largest.waiting.size()) {
                largest = group;
            }
        }
        return largest == null ? null : first(largest);
    }

    private void remove(Admitted place) {
        Group group = groups.get(place.key);
        if (place.left || group == null) {
            return;
        }
        place.left = true;
        group.waiting.remove(place);
        group.count--;
        count--;
        if (group.count == 0) {
            groups.remove(place.key);
        }
    }

    private static String key(InetAddress address) {
        byte[] bytes = address.getAddress();
        return Arrays.toString(address instanceof Inet6Address ? Arrays.copyOf(bytes, 8) : bytes);
    }
}
