package dev.slipway.conformance;

/**
 * How a file is uploaded.
 *
 * @param start where the first byte goes; behind 0 only to go on with what is there
 * @param mode what becomes of a file that is there
 * @param cut where the client loses its connection
 * @param cutAt of the content's bytes, how many are sent before a cut within them
 */
record Upload(long start, Mode mode, Cut cut, int cutAt) {
    enum Mode {
        REPLACE,
        /** It must not be there; SFTP only. */
        NEW,
        /** What is sent goes behind what is there. */
        APPEND
    }

    enum Cut {
        NEVER,
        /** When some of the content was sent. */
        WITHIN,
        /** When the gateway was told that this is all, before it has answered. */
        BEFORE_ANSWER
    }

    static Upload whole(Mode mode) {
        return new Upload(0, mode, Cut.NEVER, 0);
    }
}
