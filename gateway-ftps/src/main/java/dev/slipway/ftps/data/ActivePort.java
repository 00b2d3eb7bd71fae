package dev.slipway.ftps.data;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.time.Duration;

/** Active mode: we connect to a port of the client, at the address of its control connection. */
final class ActivePort implements DataPort {
    private final InetAddress local;
    private final InetSocketAddress client;
    private final DataChannel.Factory channels;
    private final Duration timeout;
    private final SocketChannel socket;

    ActivePort(InetAddress local, InetSocketAddress client, DataChannel.Factory channels, Duration timeout)
            throws IOException {
        this.local = local;
        this.client = client;
        this.channels = channels;
        this.timeout = timeout;
        this.socket = SocketChannel.open();
    }

    @Override
    public DataChannel connect() throws IOException {
        try {
            socket.bind(new InetSocketAddress(local, 0));
            socket.socket().connect(client, (int) timeout.toMillis());
            return channels.create(socket, ByteBuffer.allocate(0));
        } catch (IOException e) {
            Sockets.close(socket);
            throw new IOException("No data connection to port " + client.getPort() + ": " + e.getMessage(), e);
        }
    }

    @Override
    public void close() {
        if (!socket.isConnected()) {
            Sockets.close(socket);
        }
    }
}
