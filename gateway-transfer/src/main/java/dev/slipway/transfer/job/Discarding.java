package dev.slipway.transfer.job;

/** What came of removing what a job has left. */
enum Discarding {
    DONE,
    /** It may be done at another time. */
    FAILED,
    /** It cannot be done. */
    GIVEN_UP,
    /** The gateway ends, and another one is to do it. */
    INTERRUPTED
}
