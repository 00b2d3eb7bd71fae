package dev.slipway.ingest.content;

import java.io.BufferedInputStream;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.Channels;
import java.nio.channels.SeekableByteChannel;

/** A file that is read from its beginning, several times. */
record FileInput(SeekableByteChannel channel, ExpansionLimits limits) {
    private static final int BUFFER = 1 << 16;

    /** The bytes of the file; closing it does not close the channel. */
    InputStream open() throws IOException {
        channel.position(0);
        return new BufferedInputStream(
                new FilterInputStream(Channels.newInputStream(channel)) {
                    @Override
                    public void close() {}
                },
                BUFFER);
    }

    Meter meter() throws IOException {
        return new Meter(limits, channel.size());
    }

    /** Its decompressed bytes. */
    InputStream decompress(ContentType type) throws IOException {
        InputStream in = Compression.open(type, open());
        return new MeteredStream(in, meter()) {
            @Override
            public void close() throws IOException {
                in.close();
            }
        };
    }
}
