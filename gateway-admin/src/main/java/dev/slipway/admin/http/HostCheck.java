package dev.slipway.admin.http;

import java.net.InetAddress;
import java.util.Collection;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Which names a listener answers to. A web page whose name is made to resolve to the listener's address (DNS rebinding)
 * sends its own name in {@code Host}, which is none of these.
 *
 * <p>An IP address is always right: a page that was loaded from an address is not another site's, and whoever asks by
 * address, as orchestrators do, may see another one than the listener has, since a network may translate addresses.
 */
public final class HostCheck {
    private final Set<String> names;
    private final boolean any;

    private HostCheck(Set<String> names, boolean any) {
        this.names = names;
        this.any = any;
    }

    /** Answers to all names. For TLS without names of its own: a browser compares the certificate with the name. */
    public static HostCheck any() {
        return new HostCheck(Set.of(), true);
    }

    /** Answers to IP addresses, to {@code localhost} and names below it, and to the given names, in any case. */
    public static HostCheck names(Collection<String> names) {
        return new HostCheck(names.stream().map(HostCheck::normalize).collect(Collectors.toUnmodifiableSet()), false);
    }

    /** @param authority the header {@code Host}: a name or an address, with or without a port */
    boolean accepts(String authority) {
        if (any) {
            return true;
        }
        String host = host(authority);
        if (host == null) {
            return false;
        }
        return host.equals("localhost") || host.endsWith(".localhost") || names.contains(host) || isAddress(host);
    }

    private static @Nullable String host(String authority) {
        String host = authority;
        int colon = authority.lastIndexOf(':');
        if (colon > authority.lastIndexOf(']')) {
            host = authority.substring(0, colon);
            if (!authority.substring(colon + 1).chars().allMatch(c -> c >= '0' && c <= '9')) {
                return null;
            }
        }
        if (host.startsWith("[")) {
            // An IPv6 address has brackets here, and nothing else has.
            return host.endsWith("]") && host.contains(":") ? host.substring(1, host.length() - 1) : null;
        }
        return host.contains(":") ? null : normalize(host);
    }

    private static String normalize(String name) {
        String lower = name.toLowerCase(Locale.ROOT);
        return lower.endsWith(".") ? lower.substring(0, lower.length() - 1) : lower;
    }

    private static boolean isAddress(String host) {
        // Names are never asked for: only what can be an address is parsed.
        if (!host.contains(":") && !host.matches("\\d{1,3}(\\.\\d{1,3}){3}")) {
            return false;
        }
        try {
            InetAddress _ = InetAddress.ofLiteral(host);
            return true;
        } catch (IllegalArgumentException e) {
            return false;
        }
    }
}
