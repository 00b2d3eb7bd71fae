package dev.slipway.app.model;

import org.jspecify.annotations.Nullable;

/** The verbs of steps. In brackets: the meaning of the step's number. */
enum Verb {
    /** Uploads a file, replacing an existing one [its size]. */
    PUT,
    /** Uploads a file that must not be there [its size]. */
    PUT_NEW(Protocol.SFTP),
    /** Begins an upload, and loses the connection [how many bytes were sent]. */
    CUT,
    /** The same for a file that must not exist [how many bytes were sent]. */
    CUT_NEW(Protocol.SFTP),
    /** Begins an upload, during which the gateway is restarted [how many bytes were sent]. */
    CUT_BY_RESTART,
    /** Begins an upload that the client itself aborts [how many bytes were sent]. */
    ABORT(Protocol.FTPS),
    /** Resumes an upload at its end, appends to a file, or uploads a new one [how many more bytes]. */
    RESUME,
    /** Resumes an upload, and loses the connection again [how many more bytes were sent]. */
    RESUME_CUT,
    /** Resumes an upload at the end of its first part, or overwrites a file from there [how many bytes]. */
    RESUME_AT(Protocol.FTPS),
    /** Downloads a file. */
    GET,
    /** Downloads the end of a file [the offset]. */
    GET_FROM,
    /** Requests type, size and time. */
    STAT,
    /** Requests only the size. */
    SIZE(Protocol.FTPS),
    /** Requests only the time. */
    TIME(Protocol.FTPS),
    /** Lists a directory. */
    LIST,
    /** Creates a directory. */
    MKDIR,
    /** Removes a directory. */
    RMDIR,
    /** Deletes a file. */
    DELETE,
    /** Renames without replacing anything. */
    RENAME(Protocol.SFTP),
    /** Renames, replacing an existing target. */
    REPLACE,
    /** Sets the time [seconds since 1970]. */
    TOUCH,
    /** Copies a file on the server's side, replacing an existing target. */
    COPY,
    /** Copies a file without replacing anything. */
    COPY_NEW(Protocol.SFTP),
    /** Copies a file as OpenSSH's {@code cp} does: from one open handle to another. */
    COPY_DATA(Protocol.SFTP),
    /** Requests the SHA-256. */
    CHECKSUM,
    /** Loses the connection between two operations. */
    RECONNECT,
    /** Restarts the gateway. */
    RESTART,
    /** Makes the store fail one request, or one change, which Slipway repeats [how]. */
    HICCUP,
    /** Makes the store unavailable during the next step. */
    OUTAGE;

    private final @Nullable Protocol only;

    Verb() {
        only = null;
    }

    Verb(Protocol only) {
        this.only = only;
    }

    /** Whether clients of this protocol can request it. */
    boolean isKnownTo(Protocol protocol) {
        return only == null || only == protocol;
    }
}
