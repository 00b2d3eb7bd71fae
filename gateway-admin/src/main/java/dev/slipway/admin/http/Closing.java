package dev.slipway.admin.http;

/** The reasons for refusing a client or closing its connection. */
enum Closing {
    /** The connection limit is reached. */
    FULL,
    /** It made room for another connection while it waited for its client. */
    REPLACED,
    /** A request did not arrive in time. */
    SLOW,
    /** The client sent too many requests without waiting for responses. */
    AHEAD,
    /** The client does not read the response. */
    UNREAD,
    /** The Host header has an unknown name. */
    HOST
}
