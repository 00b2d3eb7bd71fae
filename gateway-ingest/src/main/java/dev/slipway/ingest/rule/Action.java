package dev.slipway.ingest.rule;

/** What a step of a rule does. */
public enum Action {
    /** Decompresses the file, or expands it if it is an archive. */
    DECOMPRESS,
    /** Moves the file within the store. */
    MOVE,
    /** Copies the file within the store. */
    COPY,
    /** Sends the file to a remote. */
    PUSH,
    /** Deletes the file. */
    DELETE
}
