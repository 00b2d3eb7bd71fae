package dev.slipway.core.event;

/** What came of scanning a file for malware. */
public enum ScanResult {
    /** The scanner found nothing. */
    CLEAN,
    /** The scanner found malware. */
    INFECTED,
    /** The file was not scanned: the scanner does not take files of its size. */
    TOO_LARGE,
    /** The file was not scanned: the scanner did not answer, or failed. */
    UNAVAILABLE
}
