package dev.slipway.core.net;

import dev.slipway.core.account.Network;
import dev.slipway.core.setting.Setting;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.DecoderException;
import io.netty.handler.codec.haproxy.HAProxyCommand;
import io.netty.handler.codec.haproxy.HAProxyMessage;
import io.netty.handler.codec.haproxy.HAProxyMessageDecoder;
import io.netty.handler.codec.haproxy.HAProxyProxiedProtocol;
import io.netty.util.ReferenceCountUtil;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Optional;

/**
 * HAProxy's PROXY protocol, versions 1 and 2, by which a load balancer passes on the address of a client. Anybody could
 * send such a header, so it is accepted only from trusted addresses, whose connections must all begin with one.
 *
 * @param trusted the networks of the load balancers; empty to expect no headers
 * @see <a href="https://www.haproxy.org/download/3.0/doc/proxy-protocol.txt">The PROXY protocol</a>
 */
public record ProxyProtocol(
        @Setting("Networks of load balancers that start each connection with a PROXY protocol header, version 1 or"
                + " 2, such as `10.0.0.0/8`. The header carries the client's address. Connections from"
                + " these networks without a header are closed; headers from elsewhere are not accepted.")
        List<Network> trusted) {
    /** No headers are expected. */
    public static final ProxyProtocol OFF = new ProxyProtocol(List.of());

    /** The longest accepted header, in bytes: version 2 with all extensions that load balancers send. */
    public static final int LONGEST_HEADER = 4096;

    /** The addresses follow the signature of 12 bytes and 4 more bytes. */
    private static final int PREFIX_VERSION_2 = 16;

    public ProxyProtocol {
        trusted = List.copyOf(trusted);
    }

    /** Whether a connection from an address begins with a header. */
    public boolean isExpectedFrom(InetAddress peer) {
        return trusted.stream().anyMatch(network -> network.contains(peer));
    }

    /**
     * A header.
     *
     * @param length its length in bytes, which are to be removed from the connection
     * @param client the client's address; empty if the load balancer speaks for itself (a health check) or does not
     *     know it: then the peer's address counts
     */
    public record Header(int length, Optional<InetSocketAddress> client) {}

    /** The beginning of a connection is not a valid header. */
    public static final class MalformedHeaderException extends Exception {
        private static final long serialVersionUID = 1L;

        MalformedHeaderException(String message) {
            super(message);
        }
    }

    /**
     * Parses the header at the beginning of a connection.
     *
     * @param received all bytes received so far; neither changed nor kept
     * @return empty if more bytes are needed
     * @throws MalformedHeaderException if it is not a header, or longer than {@link #LONGEST_HEADER}; the connection is
     *     to be closed
     */
    public static Optional<Header> parse(ByteBuffer received) throws MalformedHeaderException {
        int available = received.remaining();
        EmbeddedChannel decoder = new EmbeddedChannel(new HAProxyMessageDecoder(LONGEST_HEADER - PREFIX_VERSION_2));
        try {
            decoder.writeInbound(Unpooled.copiedBuffer(received));
            Object message = decoder.readInbound();
            if (!(message instanceof HAProxyMessage header)) {
                ReferenceCountUtil.release(message);
                if (available >= LONGEST_HEADER) {
                    throw new MalformedHeaderException("the PROXY header is longer than " + LONGEST_HEADER + " bytes");
                }
                return Optional.empty();
            }
            try {
                return Optional.of(new Header(available - rest(decoder), client(header)));
            } finally {
                header.release();
            }
        } catch (DecoderException e) {
            throw new MalformedHeaderException("no PROXY header: " + e.getMessage());
        } finally {
            var _ = decoder.close();
            decoder.releaseInbound();
        }
    }

    /** The number of bytes after the header, which the decoder passes on. */
    private static int rest(EmbeddedChannel decoder) {
        int bytes = 0;
        for (Object next = decoder.readInbound(); next != null; next = decoder.readInbound()) {
            bytes += next instanceof ByteBuf buffer ? buffer.readableBytes() : 0;
            ReferenceCountUtil.release(next);
        }
        return bytes;
    }

    private static Optional<InetSocketAddress> client(HAProxyMessage header) throws MalformedHeaderException {
        HAProxyProxiedProtocol protocol = header.proxiedProtocol();
        if (header.command() == HAProxyCommand.LOCAL
                || (protocol != HAProxyProxiedProtocol.TCP4 && protocol != HAProxyProxiedProtocol.TCP6)) {
            return Optional.empty();
        }
        try {
            // A literal address, as the decoder has checked: no name lookup.
            return Optional.of(
                    new InetSocketAddress(InetAddress.getByName(header.sourceAddress()), header.sourcePort()));
        } catch (UnknownHostException e) {
            throw new MalformedHeaderException("the PROXY header names the address " + header.sourceAddress());
        }
    }
}
