package dev.slipway.transfer.push;

import dev.slipway.core.account.Network;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.UnknownHostException;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Which URLs may be the source of a push. Services on the gateway's machine and network may trust the gateway, and
 * pushes must not give access to them.
 */
public final class SourceRules {
    /** Any host with an address that others can reach as well. */
    public static final SourceRules PUBLIC = new SourceRules(List.of(), List.of());

    /** Addresses that are refused by default: the machine itself, its link, and the metadata services of clouds. */
    private static final List<Network> FORBIDDEN = List.of(
            Network.parse("0.0.0.0/8"),
            Network.parse("127.0.0.0/8"),
            Network.parse("169.254.0.0/16"),
            Network.parse("100.100.100.200"),
            Network.parse("168.63.129.16"),
            Network.parse("192.0.0.0/24"),
            Network.parse("224.0.0.0/4"),
            Network.parse("240.0.0.0/4"),
            Network.parse("::/128"),
            Network.parse("::1"),
            Network.parse("fe80::/10"),
            Network.parse("ff00::/8"),
            Network.parse("fd00:ec2::/32"),
            Network.parse("fd20:ce::254"));

    private final List<Predicate<URI>> sources;
    private final List<Network> networks;
    private final Resolver resolver;

    /** Asks for the addresses of a name. Blocks. */
    interface Resolver {
        InetAddress[] resolve(String host) throws UnknownHostException;
    }

    /**
     * Rules.
     *
     * @param sources the only URLs: hosts ({@code media.example.com}, {@code *.example.com}) or prefixes of URLs ({@code
     *     https://media.example.com/out/}); empty for any
     * @param networks addresses that are allowed although they are of the machine itself, of its link, or those of a cloud's
     *     metadata
     * @throws IllegalArgumentException one of {@code sources} is neither
     */
    public SourceRules(List<String> sources, List<Network> networks) {
        this(sources, networks, InetAddress::getAllByName);
    }

    SourceRules(List<String> sources, List<Network> networks, Resolver resolver) {
        this.sources = sources.stream().map(SourceRules::parse).toList();
        this.networks = List.copyOf(networks);
        this.resolver = resolver;
    }

    private static Predicate<URI> parse(String text) {
        if (text.contains("://")) {
            return prefix(text);
        }
        boolean below = text.startsWith("*.");
        String host = (below ? text.substring(2) : text).toLowerCase(Locale.ROOT);
        if (!host.matches("[a-z0-9]([a-z0-9._-]*[a-z0-9])?|\\[[0-9a-f:.]+]")) {
            throw new IllegalArgumentException("'" + text + "' is neither a host, such as media.example.com or"
                    + " *.example.com, nor the beginning of a URL, such as https://media.example.com/out/");
        }
        return url -> below ? host(url).endsWith("." + host) : host(url).equals(host);
    }

    private static Predicate<URI> prefix(String text) {
        URI prefix;
        try {
            prefix = new URI(text);
        } catch (URISyntaxException e) {
            throw new IllegalArgumentException(
                    "expected a URL such as https://media.example.com/out/: " + e.getReason(), e);
        }
        if (prefix.getHost() == null
                || !isHttp(prefix)
                || prefix.getRawQuery() != null
                || prefix.getRawFragment() != null
                || prefix.getRawUserInfo() != null) {
            throw new IllegalArgumentException(
                    "the beginning of a URL must have http:// or https://, a host and a path, and neither a user nor a"
                            + " query: https://media.example.com/out/");
        }
        String path = path(prefix);
        String top = path.endsWith("/") ? path : path + "/";
        return url -> url.getScheme().equalsIgnoreCase(prefix.getScheme())
                && host(url).equals(host(prefix))
                && port(url) == port(prefix)
                && isPlain(url)
                && (path(url).equals(path) || path(url).startsWith(top));
    }

    private static boolean isHttp(URI url) {
        return "http".equalsIgnoreCase(url.getScheme()) || "https".equalsIgnoreCase(url.getScheme());
    }

    private static String host(URI url) {
        String host = url.getHost() == null ? "" : url.getHost().toLowerCase(Locale.ROOT);
        return host.endsWith(".") ? host.substring(0, host.length() - 1) : host;
    }

    static int port(URI url) {
        return url.getPort() >= 0 ? url.getPort() : "https".equalsIgnoreCase(url.getScheme()) ? 443 : 80;
    }

    private static String path(URI url) {
        String path = url.getRawPath();
        return path == null || path.isEmpty() ? "/" : path;
    }

    /** Whether its path leads nowhere else: a server may take {@code ..} for what is above. */
    private static boolean isPlain(URI url) {
        return Arrays.stream(url.getPath().split("[/\\\\]", -1))
                .noneMatch(part -> part.equals(".") || part.equals(".."));
    }

    /** Why a URL may not be a source, as far as that can be said without asking for its host's addresses. */
    Optional<String> problem(URI url) {
        if (!isHttp(url) || url.getHost() == null) {
            return Optional.of("a source's URL must begin with http:// or https:// and have a host");
        }
        if (!sources.isEmpty() && sources.stream().noneMatch(source -> source.test(url))) {
            return Optional.of(UrlSource.describe(url)
                    + " is not an allowed source; an administrator can allow it in transfer.urlSources");
        }
        String host = host(url);
        String last = host.substring(host.lastIndexOf('.') + 1);
        boolean numeric = last.matches("[0-9]+|0x[0-9a-f]*");
        InetAddress literal = literal(host);
        if (numeric && literal == null) {
            // Programs, curl among them, disagree on the meaning of other forms.
            return Optional.of("the host " + host + " is written as a number; write an address as four numbers, such as"
                    + " 192.0.2.1, without leading zeros");
        }
        return literal == null || isAllowed(literal) ? Optional.empty() : Optional.of(refusal(host));
    }

    private static @Nullable InetAddress literal(String host) {
        String bare = host.startsWith("[") ? host.substring(1, host.length() - 1) : host;
        if (!bare.contains(":") && !bare.matches("(0|[1-9][0-9]{0,2})(\\.(0|[1-9][0-9]{0,2})){3}")) {
            return null;
        }
        try {
            return InetAddress.ofLiteral(bare);
        } catch (IllegalArgumentException e) {
            return null;
        }
    }

    private static String refusal(String host) {
        return "the host " + host
                + " belongs to this machine, its link or a cloud's metadata service, and is not an allowed source; an"
                + " administrator can allow its network in transfer.urlNetworks";
    }

    /**
     * Returns the addresses of a host, all of which are allowed. Callers must connect to these and not resolve the name
     * again, since the answer may change. Blocks.
     *
     * @throws RefusedAddressException if one of them is not allowed
     */
    InetAddress[] resolve(String host) throws UnknownHostException {
        InetAddress[] addresses = resolver.resolve(host);
        for (InetAddress address : addresses) {
            if (!isAllowed(address)) {
                throw new RefusedAddressException(refusal(host));
            }
        }
        return addresses;
    }

    private boolean isAllowed(InetAddress address) {
        InetAddress meant = embedded(address);
        return networks.stream().anyMatch(network -> network.contains(meant))
                || FORBIDDEN.stream().noneMatch(network -> network.contains(meant));
    }

    /** The IPv4 address that an IPv6 one leads to: compatible (RFC 4291), by NAT64 (RFC 6052), or by 6to4 (RFC 3056). */
    private static InetAddress embedded(InetAddress address) {
        byte[] bytes = address.getAddress();
        if (address instanceof Inet4Address || address.isAnyLocalAddress() || address.isLoopbackAddress()) {
            return address;
        }
        int from = -1;
        if (Arrays.equals(bytes, 0, 12, new byte[12], 0, 12)
                || Arrays.equals(
                        bytes, 0, 12, new byte[] {0, 0x64, (byte) 0xff, (byte) 0x9b, 0, 0, 0, 0, 0, 0, 0, 0}, 0, 12)) {
            from = 12;
        } else if (bytes[0] == 0x20 && bytes[1] == 0x02) {
            from = 2;
        }
        try {
            return from < 0 ? address : InetAddress.getByAddress(Arrays.copyOfRange(bytes, from, from + 4));
        } catch (UnknownHostException e) {
            throw new AssertionError("four bytes are an address", e);
        }
    }

    /** A host has an address that may not be asked. */
    static final class RefusedAddressException extends UnknownHostException {
        private static final long serialVersionUID = 1L;

        RefusedAddressException(String message) {
            super(message);
        }
    }
}
