package dev.slipway.ftps;

import java.io.IOException;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;

/** A data connection without TLS: the end of the file is the end of the connection. */
final class PlainDataChannel implements DataChannel {
    private final SocketChannel socket;
    private volatile boolean finished;

    PlainDataChannel(SocketChannel socket) {
        this.socket = socket;
    }

    @Override
    public void open() {
        // nothing comes before the first byte
    }

    @Override
    public int read(ByteBuffer target) throws IOException {
        return socket.read(target);
    }

    @Override
    public void write(ByteBuffer source) throws IOException {
        while (source.hasRemaining()) {
            socket.write(source);
        }
    }

    @Override
    public void finish() throws IOException {
        finished = true;
        Sockets.finish(socket);
    }

    @Override
    public void close() {
        if (!finished) {
            try {
                socket.setOption(StandardSocketOptions.SO_LINGER, 0);
            } catch (IOException e) {
                // the connection is gone already, which is what we want
            }
            Sockets.close(socket);
        }
    }

    @Override
    public void recycle() {
        // nothing was borrowed
    }
}
