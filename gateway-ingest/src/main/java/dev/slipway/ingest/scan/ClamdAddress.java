package dev.slipway.ingest.scan;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.net.UnknownHostException;
import java.nio.channels.SocketChannel;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Where clamd listens: a socket of this machine, or a TCP port. */
sealed interface ClamdAddress {
    /** A socket file. */
    record Socket(UnixDomainSocketAddress address) implements ClamdAddress {
        @Override
        public SocketChannel open() throws IOException {
            return SocketChannel.open(StandardProtocolFamily.UNIX);
        }

        @Override
        public SocketAddress resolve() {
            return address;
        }
    }

    /** A TCP port; the name is looked up for each connection. */
    record Port(String host, int port) implements ClamdAddress {
        @Override
        public SocketChannel open() throws IOException {
            return SocketChannel.open();
        }

        @Override
        public SocketAddress resolve() throws IOException {
            InetSocketAddress address = new InetSocketAddress(host, port);
            if (address.isUnresolved()) {
                throw new UnknownHostException("there is no host " + host);
            }
            return address;
        }
    }

    /** A channel that is not connected yet. */
    SocketChannel open() throws IOException;

    /** Where to connect to. May block for the name service. */
    SocketAddress resolve() throws IOException;

    /**
     * Reads an address.
     *
     * @param text {@code /PATH}, {@code HOST:PORT} or {@code [IPv6]:PORT}
     * @throws IllegalArgumentException if it is none of them
     */
    static ClamdAddress parse(String text) {
        if (text.startsWith("/")) {
            return new Socket(UnixDomainSocketAddress.of(text));
        }
        Matcher form = Pattern.compile("(?:\\[([0-9A-Fa-f:.%]+)]|([^\\s:/\\[\\]]+)):(\\d{1,5})")
                .matcher(text);
        if (!form.matches()) {
            throw new IllegalArgumentException("no address: " + text);
        }
        int port = Integer.parseInt(form.group(3));
        if (port < 1 || port > 65535) {
            throw new IllegalArgumentException("no port: " + port);
        }
        return new Port(form.group(1) == null ? form.group(2) : form.group(1), port);
    }
}
