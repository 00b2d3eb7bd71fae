package dev.slipway.app.model;

import org.jspecify.annotations.Nullable;

/** What a step does. In brackets: what the step's number means. */
enum Verb {
    /** Uploads a file, in the place of one that is there [its size]. */
    PUT,
    /** Uploads a file that must not be there [its size]. */
    PUT_NEW(Protocol.SFTP),
    /** Begins an upload, and loses the connection [how many bytes were sent]. */
    CUT,
    /** The same with one that must not be there [how many bytes were sent]. */
    CUT_NEW(Protocol.SFTP),
    /** Begins an upload, during which the gateway is stopped and started again [how many bytes were sent]. */
    CUT_BY_RESTART,
    /** Begins an upload that the client itself aborts [how many bytes were sent]. */
    ABORT(Protocol.FTPS),
    /** Goes on with an upload at its end, adds to a file, or uploads one that is not there [how many more bytes]. */
    RESUME,
    /** Goes on with an upload, and loses the connection again [how many more bytes were sent]. */
    RESUME_CUT,
    /** Goes on with an upload at the end of its first part, or writes into a file there [how many bytes]. */
    RESUME_AT(Protocol.FTPS),
    /** Downloads a file. */
    GET,
    /** Downloads the end of a file [the offset]. */
    GET_FROM,
    /** Asks for type, size and time. */
    STAT,
    /** Asks for the size alone. */
    SIZE(Protocol.FTPS),
    /** Asks for the time alone. */
    TIME(Protocol.FTPS),
    /** Lists a directory. */
    LIST,
    /** Makes a directory. */
    MKDIR,
    /** Removes a directory. */
    RMDIR,
    /** Deletes a file. */
    DELETE,
    /** Renames what must not replace anything. */
    RENAME(Protocol.SFTP),
    /** Renames, in the place of what is there. */
    REPLACE,
    /** Sets the time [seconds since 1970]. */
    TOUCH,
    /** Copies a file on the server's side, in the place of one that is there. */
    COPY,
    /** Copies a file that must not replace anything. */
    COPY_NEW(Protocol.SFTP),
    /** Copies a file as OpenSSH's {@code cp} does: from an open file into one that is being written. */
    COPY_DATA(Protocol.SFTP),
    /** Asks for the SHA-256. */
    CHECKSUM,
    /** Loses the connection between two operations. */
    RECONNECT,
    /** Stops the gateway and starts it again. */
    RESTART,
    /** Has the store fail one request, or one that changes something, which Slipway makes again [how]. */
    HICCUP,
    /** The store cannot be reached during the next step. */
    OUTAGE;

    private final @Nullable Protocol only;

    Verb() {
        only = null;
    }

    Verb(Protocol only) {
        this.only = only;
    }

    /** Whether clients of this protocol have a way to ask for it. */
    boolean isKnownTo(Protocol protocol) {
        return only == null || only == protocol;
    }
}
