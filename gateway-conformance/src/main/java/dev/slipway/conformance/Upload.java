package dev.slipway.conformance;

/**
 * How a file is uploaded.
 *
 * @param start the offset of the first byte; above 0 only to resume
 * @param mode what happens to an existing file
 * @param cut where the client loses its connection
 * @param cutAt how many of the content's bytes are sent before a cut within them
 */
record Upload(long start, Mode mode, Cut cut, int cutAt) {
    enum Mode {
        REPLACE,
        /** The file must not exist; SFTP only. */
        NEW,
        /** Appends to an existing file. */
        APPEND
    }

    enum Cut {
        NEVER,
        /** After some of the content was sent. */
        WITHIN,
        /** After the end of the file was sent, before the gateway's answer. */
        BEFORE_ANSWER
    }

    static Upload whole(Mode mode) {
        return new Upload(0, mode, Cut.NEVER, 0);
    }
}
