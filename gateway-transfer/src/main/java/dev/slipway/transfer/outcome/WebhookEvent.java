package dev.slipway.transfer.outcome;

/** What a webhook may receive. */
public enum WebhookEvent {
    /** A job has succeeded. */
    SUCCESS,
    /** A job has failed or was cancelled; also a message that did not become a job. */
    FAIL,
    /** A client has uploaded a file. */
    UPLOADED
}
