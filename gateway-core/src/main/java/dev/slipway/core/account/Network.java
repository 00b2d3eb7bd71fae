package dev.slipway.core.account;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Arrays;

/** A range of addresses in CIDR notation (<a href="https://www.rfc-editor.org/rfc/rfc4632">RFC 4632</a>). */
public final class Network {
    private static final int IPV4_BYTES = 4;
    private static final int IPV6_HOST_BITS = 64;
    private static final byte[] MAPPED_PREFIX = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, (byte) 0xff, (byte) 0xff};

    private final byte[] address;
    private final int bits;
    private final String text;

    private Network(byte[] address, int bits, String text) {
        this.address = address;
        this.bits = bits;
        this.text = text;
    }

    /**
     * Parses {@code 192.0.2.0/24}, {@code 2001:db8::/32} or a single address.
     *
     * @throws IllegalArgumentException with a message for the user; also if bits beyond the prefix length are set,
     *     since the intention is then unclear
     */
    public static Network parse(String text) {
        int slash = text.indexOf('/');
        byte[] address = address(slash < 0 ? text : text.substring(0, slash), text);
        int most = address.length * 8;
        String length = slash < 0 ? String.valueOf(most) : text.substring(slash + 1);
        if (!length.matches("\\d{1,3}") || Integer.parseInt(length) > most) {
            throw new IllegalArgumentException(
                    "'" + text + "': the prefix length after '/' must be a number from 0 to " + most);
        }
        int bits = Integer.parseInt(length);
        byte[] masked = mask(address, bits);
        if (!Arrays.equals(masked, address)) {
            throw new IllegalArgumentException("'" + text + "' has bits set beyond its prefix length of " + bits
                    + "; the network is " + show(masked) + "/" + bits);
        }
        return new Network(masked, bits, show(masked) + "/" + bits);
    }

    /**
     * The unit by which clients are counted: an IPv4 address, or an IPv6 /64 network, which a single host usually has.
     * An IPv4-mapped IPv6 address (RFC 4291 section 2.5.5.2) counts as the IPv4 address.
     */
    public static Network ofClient(InetAddress client) {
        byte[] address = client.getAddress();
        if (isMapped(address)) {
            address = Arrays.copyOfRange(address, MAPPED_PREFIX.length, address.length);
        }
        int bits = address.length == IPV4_BYTES ? IPV4_BYTES * 8 : IPV6_HOST_BITS;
        byte[] masked = mask(address, bits);
        return new Network(masked, bits, show(masked) + "/" + bits);
    }

    private static boolean isMapped(byte[] address) {
        return address.length > IPV4_BYTES
                && Arrays.equals(address, 0, MAPPED_PREFIX.length, MAPPED_PREFIX, 0, MAPPED_PREFIX.length);
    }

    private static byte[] address(String host, String text) {
        try {
            // No zones, and no old notations of IPv4 with fewer than four numbers.
            if (host.matches("\\d{1,3}(\\.\\d{1,3}){3}|[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*")) {
                return InetAddress.ofLiteral(host).getAddress();
            }
        } catch (IllegalArgumentException e) {
            // Reported below.
        }
        throw new IllegalArgumentException("'" + text + "' is not a network; write 192.0.2.0/24 or 2001:db8::/32");
    }

    private static byte[] mask(byte[] address, int bits) {
        byte[] masked = address.clone();
        for (int i = 0; i < masked.length; i++) {
            int kept = Math.clamp(bits - 8L * i, 0, 8);
            masked[i] &= (byte) (0xff << (8 - kept));
        }
        return masked;
    }

    private static String show(byte[] address) {
        try {
            return InetAddress.getByAddress(address).getHostAddress();
        } catch (UnknownHostException e) {
            throw new IllegalStateException("4 or 16 bytes are an address", e);
        }
    }

    /** Whether an address lies in this network. */
    public boolean contains(InetAddress client) {
        byte[] other = client.getAddress();
        return other.length == address.length && Arrays.equals(mask(other, bits), address);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Network network && text.equals(network.text);
    }

    @Override
    public int hashCode() {
        return text.hashCode();
    }

    /** CIDR notation. */
    @Override
    public String toString() {
        return text;
    }
}
