package dev.slipway.ingest.scan;

/** What becomes of a file that could not be scanned. */
public enum NotScanned {
    /** Its upload fails. */
    REFUSE,
    /** It appears all the same. The event, the audit log and the metrics say so. */
    ALLOW
}
