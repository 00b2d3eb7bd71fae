package dev.slipway.ingest.content;

import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.SeekableByteChannel;

/**
 * What is in a file, found by looking at it. Nothing is kept on disk, and only a few MiB in memory, except for what the
 * names of an archive and the windows of zstd and xz need.
 *
 * <p>One layer of compression is removed, and one archive within it is expanded. Members that are archives stay as they
 * are, so that nothing can be nested.
 */
public sealed interface Content {
    /** What the file's first bytes are. */
    ContentType type();

    /** Neither compressed nor an archive. */
    record Other() implements Content {
        @Override
        public ContentType type() {
            return ContentType.OTHER;
        }
    }

    /** A single compressed file. */
    final class Compressed implements Content {
        private final FileInput file;
        private final ContentType type;

        private Compressed(FileInput file, ContentType type) {
            this.file = file;
            this.type = type;
        }

        @Override
        public ContentType type() {
            return type;
        }

        /**
         * Decompresses from the beginning; ends what was opened before. The stream fails with an {@link
         * ExpansionException} where the file is damaged or beyond a limit; what was read before is then not to be used.
         */
        public InputStream open() throws IOException {
            return file.decompress(type);
        }
    }

    /** A zip, a tar, or a compressed tar. */
    final class Archive implements Content {
        private final FileInput file;
        private final ContentType type;

        private Archive(FileInput file, ContentType type) {
            this.file = file;
            this.type = type;
        }

        @Override
        public ContentType type() {
            return type;
        }

        /**
         * Reads the archive from its beginning to its end, and checks it. May be called again.
         *
         * @throws ExpansionException the archive is damaged, beyond a limit, or has a member that is refused. The
         *     visitor has then seen what comes before that
         */
        public void visit(MemberVisitor visitor) throws IOException {
            switch (type) {
                case ZIP -> new ZipMembers(file.channel(), file.limits()).visit(visitor);
                case TAR -> new TarMembers(file.open(), file).visit(visitor);
                case GZIP, ZSTD, BZIP2, XZ, LZ4 -> {
                    try (InputStream tar = file.decompress(type)) {
                        new TarMembers(tar, file).visit(visitor);
                    }
                }
                case OTHER -> throw new IllegalStateException("not an archive");
            }
        }
    }

    /**
     * Looks at a file. Blocks for its first bytes.
     *
     * @param channel for reading; remains the caller's, and must stay open. The content owns its position
     * @throws ExpansionException it begins as a compressed file does, but cannot be decompressed
     */
    static Content of(SeekableByteChannel channel, ExpansionLimits limits) throws IOException {
        FileInput file = new FileInput(channel, limits);
        ContentType type = ContentType.of(file.open().readNBytes(ContentType.HEAD));
        if (type == ContentType.ZIP || type == ContentType.TAR) {
            return new Archive(file, type);
        }
        if (!type.isCompression()) {
            return new Other();
        }
        try (InputStream content = file.decompress(type)) {
            return ContentType.of(content.readNBytes(ContentType.HEAD)) == ContentType.TAR
                    ? new Archive(file, type)
                    : new Compressed(file, type);
        }
    }
}
