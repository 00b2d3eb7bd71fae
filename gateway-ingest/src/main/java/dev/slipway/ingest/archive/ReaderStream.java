package dev.slipway.ingest.archive;

import dev.slipway.core.store.ObjectReader;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;

/** The bytes of an object. Closing it closes the reader. */
final class ReaderStream extends InputStream {
    private final ObjectReader reader;
    private final byte[] one = new byte[1];

    ReaderStream(ObjectReader reader) {
        this.reader = reader;
    }

    @Override
    public int read() throws IOException {
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] target, int offset, int length) throws IOException {
        return length == 0 ? 0 : reader.read(ByteBuffer.wrap(target, offset, length));
    }

    @Override
    public void close() {
        reader.close();
    }
}
