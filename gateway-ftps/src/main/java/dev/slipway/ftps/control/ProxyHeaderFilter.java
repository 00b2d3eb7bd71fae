package dev.slipway.ftps.control;

import dev.slipway.core.net.ProxyProtocol;
import dev.slipway.core.net.ProxyProtocol.Header;
import dev.slipway.core.net.ProxyProtocol.MalformedHeaderException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.util.Optional;
import org.apache.mina.core.buffer.IoBuffer;
import org.apache.mina.core.filterchain.IoFilterAdapter;
import org.apache.mina.core.session.IoSession;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads the PROXY protocol header at the beginning of a control connection, before TLS and everything else. It is the
 * first filter of its chain, and removes itself when the header was read.
 */
final class ProxyHeaderFilter extends IoFilterAdapter {
    private static final Logger log = LoggerFactory.getLogger(ProxyHeaderFilter.class);

    /** Begins the session. */
    @FunctionalInterface
    interface Beginning {
        void begin(InetAddress client) throws IOException;
    }

    private final Beginning beginning;
    private ByteBuffer received = ByteBuffer.allocate(0);

    ProxyHeaderFilter(Beginning beginning) {
        this.beginning = beginning;
    }

    @Override
    public void messageReceived(NextFilter next, IoSession io, Object message) throws IOException {
        IoBuffer bytes = (IoBuffer) message;
        received = ByteBuffer.allocate(received.remaining() + bytes.remaining())
                .put(received)
                .put(bytes.buf())
                .flip();
        bytes.free();
        Optional<Header> header;
        try {
            header = ProxyProtocol.parse(received);
        } catch (MalformedHeaderException e) {
            log.warn("Closing a connection of {}: {}", io.getRemoteAddress(), e.getMessage());
            io.closeNow();
            return;
        }
        if (header.isEmpty() || io.isClosing()) {
            return;
        }
        io.getFilterChain().remove(this);
        InetAddress peer = ((InetSocketAddress) io.getRemoteAddress()).getAddress();
        beginning.begin(header.get().client().map(InetSocketAddress::getAddress).orElse(peer));
        received.position(header.get().length());
        if (received.hasRemaining()) {
            io.getFilterChain().fireMessageReceived(IoBuffer.wrap(received));
        }
    }
}
