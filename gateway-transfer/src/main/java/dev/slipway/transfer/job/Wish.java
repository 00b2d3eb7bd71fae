package dev.slipway.transfer.job;

/** What the gateway that works on a job is to do with it. */
enum Wish {
    PAUSE,
    CANCEL
}
