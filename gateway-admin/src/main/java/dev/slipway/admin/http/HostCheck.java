package dev.slipway.admin.http;

import java.net.InetAddress;
import java.util.Collection;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The host names that a listener answers to. A web page whose name is made to resolve to the listener's address (DNS
 * rebinding) sends its own name in {@code Host}, which is none of these.
 *
 * <p>IP addresses are always accepted: a page that was loaded from an address does not belong to another site, and
 * clients that use addresses, as orchestrators do, may see a translated one.
 */
final class HostCheck {
    private final Set<String> names;
    private final boolean any;

    /** The names in the settings, and the one of the address; with TLS and no names, clients check the certificate. */
    static HostCheck of(HttpSettings settings) {
        return settings.tls() && settings.hosts().isEmpty()
                ? any()
                : names(Stream.concat(settings.hosts().stream(), Stream.of(settings.bind()))
                        .toList());
    }

    private HostCheck(Set<String> names, boolean any) {
        this.names = names;
        this.any = any;
    }

    /** Accepts all names. For TLS without configured names: browsers compare the certificate with the name. */
    static HostCheck any() {
        return new HostCheck(Set.of(), true);
    }

    /** Answers to IP addresses, to {@code localhost} and names below it, and to the given names, in any case. */
    static HostCheck names(Collection<String> names) {
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
            // Only IPv6 addresses have brackets here.
            return host.endsWith("]") && host.contains(":") ? host.substring(1, host.length() - 1) : null;
        }
        return host.contains(":") ? null : normalize(host);
    }

    private static String normalize(String name) {
        String lower = name.toLowerCase(Locale.ROOT);
        return lower.endsWith(".") ? lower.substring(0, lower.length() - 1) : lower;
    }

    private static boolean isAddress(String host) {
        // Names are never resolved: only literal addresses are parsed.
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
