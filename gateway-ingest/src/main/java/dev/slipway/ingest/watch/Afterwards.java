package dev.slipway.ingest.watch;

/** What becomes of a local file once it is stored. */
public enum Afterwards {
    /** It stays. */
    KEEP,
    /** It is deleted. */
    DELETE,
    /** It is moved to another folder of the same file system. */
    MOVE
}
