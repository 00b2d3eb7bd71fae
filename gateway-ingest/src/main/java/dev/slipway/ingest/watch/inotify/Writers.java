package dev.slipway.ingest.watch.inotify;

/** Whether a file is open for writing somewhere on this machine. */
public enum Writers {
    /** Somebody has it open for writing. */
    SOME,
    /** Nobody has it open for writing. */
    NONE,
    /** The kernel does not tell this process. */
    UNKNOWN
}
