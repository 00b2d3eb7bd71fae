package dev.slipway.ingest.watch;

/** How new files are noticed. */
public enum WatchMode {
    /** With inotify where the machine has it, otherwise by polling. */
    AUTO,
    /** The kernel reports them at once. */
    INOTIFY,
    /** The folder is listed again and again. */
    POLLING
}
