package dev.slipway.core.vfs;

/** Where the first byte of an upload goes that continues or changes a file. */
public sealed interface WritePosition {
    /** After the last byte. */
    Known END = new End();

    /** Wherever the first write goes. */
    WritePosition FIRST_WRITE = new FirstWrite();

    /**
     * At an offset.
     *
     * @param offset bytes from the beginning of the file, at least 0
     */
    static Known at(long offset) {
        return new At(offset);
    }

    /** A position that is known before the first write. */
    sealed interface Known extends WritePosition {
        /**
         * The offset.
         *
         * @param size of the file, in bytes
         */
        long offset(long size);
    }

    /** At an offset. */
    record At(long offset) implements Known {
        public At {
            if (offset < 0) {
                throw new IllegalArgumentException("a negative offset: " + offset);
            }
        }

        @Override
        public long offset(long size) {
            return offset;
        }
    }

    /** After the last byte. */
    record End() implements Known {
        @Override
        public long offset(long size) {
            return size;
        }
    }

    /** Wherever the first write goes. */
    record FirstWrite() implements WritePosition {}
}
