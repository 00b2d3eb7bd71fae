package dev.slipway.ftps;

import java.io.IOException;
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
    public boolean isEndProven() {
        return false;
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
            Sockets.reset(socket);
        }
    }

    @Override
    public void recycle() {
        // nothing was borrowed
    }
}
