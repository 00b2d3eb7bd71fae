package dev.slipway.transfer.job;

/** A request to the gateway that runs a job. */
enum RunSignal {
    PAUSE,
    CANCEL
}
