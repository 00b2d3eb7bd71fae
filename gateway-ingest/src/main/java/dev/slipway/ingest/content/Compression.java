package dev.slipway.ingest.content;

import com.github.luben.zstd.ZstdInputStreamNoFinalizer;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import org.apache.commons.compress.compressors.bzip2.BZip2CompressorInputStream;
import org.apache.commons.compress.compressors.gzip.GzipCompressorInputStream;
import org.apache.commons.compress.compressors.lz4.FramedLZ4CompressorInputStream;
import org.tukaani.xz.XZInputStream;

/** The libraries that decompress. All of them read files that were made by concatenating others, as the tools do. */
final class Compression {
    /**
     * What xz -9 needs is 65 MiB; of a small heap, less is given. A zstd window is outside the heap, and has at most 128
     * MiB.
     */
    private static final int XZ_KIBIBYTES =
            (int) Math.min(80 << 10, Runtime.getRuntime().maxMemory() / 4 / 1024);

    private Compression() {}

    /**
     * Opens a compressed file.
     *
     * @param in at its beginning
     */
    static InputStream open(ContentType type, InputStream in) throws IOException {
        try {
            return switch (type) {
                case GZIP -> new Gzip(new BoundedInput(in));
                case ZSTD -> new ZstdInputStreamNoFinalizer(in);
                case BZIP2 -> new BZip2CompressorInputStream(in, true);
                case XZ -> new XZInputStream(in, XZ_KIBIBYTES);
                case LZ4 -> new FramedLZ4CompressorInputStream(in, true);
                case ZIP, TAR, OTHER -> throw new IllegalArgumentException("not compressed: " + type);
            };
        } catch (IOException | RuntimeException e) {
            throw MeteredStream.failure(e);
        }
    }

    /** The names and comments in the headers of gzip have no length, and the library keeps them. */
    private static final class Gzip extends FilterInputStream {
        private static final int PIECE = 1 << 16;

        private final BoundedInput bounds;

        Gzip(BoundedInput bounds) throws IOException {
            super(opened(bounds));
            this.bounds = bounds;
        }

        private static InputStream opened(BoundedInput bounds) throws IOException {
            bounds.beginHeaders();
            return GzipCompressorInputStream.builder()
                    .setInputStream(bounds)
                    .setDecompressConcatenated(true)
                    .get();
        }

        @Override
        public int read(byte[] target, int offset, int length) throws IOException {
            // The header of the next file of several may come with any read.
            bounds.beginHeaders();
            return super.read(target, offset, Math.min(length, PIECE));
        }
    }
}
