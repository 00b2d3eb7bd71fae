package dev.slipway.admin.http;

/** Why the listener refuses a client or closes its connection. */
enum Closing {
    /** There is no place for another connection. */
    FULL,
    /** It waited for its client while others needed its place. */
    REPLACED,
    /** A request did not arrive in time. */
    SLOW,
    /** The client does not read what it is sent. */
    UNREAD,
    /** The Host header names somebody else. */
    HOST
}
