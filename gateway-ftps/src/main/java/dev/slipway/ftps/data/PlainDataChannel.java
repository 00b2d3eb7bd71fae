package dev.slipway.ftps.data;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;

/** A data connection without TLS: the end of the file is the end of the connection. */
final class PlainDataChannel implements DataChannel {
    private final SocketChannel socket;
    private final ByteBuffer early;
    private volatile boolean finished;

    PlainDataChannel(SocketChannel socket, ByteBuffer early) {
        this.socket = socket;
        this.early = early;
    }

    @Override
    public void prepare() {
        // no handshake
    }

    @Override
    public void open() {
        // no handshake
    }

    @Override
    public int read(ByteBuffer target) throws IOException {
        if (early.hasRemaining()) {
            int count = Math.min(early.remaining(), target.remaining());
            target.put(early.slice().limit(count));
            early.position(early.position() + count);
            return count;
        }
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
