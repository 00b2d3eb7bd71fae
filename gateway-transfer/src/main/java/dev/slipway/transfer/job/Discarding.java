package dev.slipway.transfer.job;

/** The result of removing a job's leftovers. */
enum Discarding {
    DONE,
    /** It may be done at another time. */
    FAILED,
    /** It cannot be done. */
    GIVEN_UP,
    /** The gateway stops, and another one should do it. */
    INTERRUPTED
}
