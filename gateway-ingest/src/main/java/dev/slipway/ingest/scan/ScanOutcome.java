package dev.slipway.ingest.scan;

import dev.slipway.core.event.ScanResult;

/**
 * What clamd said about a file.
 *
 * @param detail the name of what was found, or why the file was not scanned; empty for a clean file
 */
public record ScanOutcome(ScanResult result, String detail) {
    private static final String FOUND = " FOUND";
    private static final int LONGEST = 200;

    /** Reads a reply to INSTREAM, without its final zero; see clamd(8). */
    static ScanOutcome of(String reply) {
        String text = reply.strip();
        if (text.equals("stream: OK")) {
            return new ScanOutcome(ScanResult.CLEAN, "");
        }
        if (text.endsWith(FOUND)) {
            String name = text.substring(0, text.length() - FOUND.length());
            return new ScanOutcome(ScanResult.INFECTED, printable(name.replaceFirst("^stream: ", "")));
        }
        if (text.contains("size limit exceeded")) {
            return new ScanOutcome(ScanResult.TOO_LARGE, "larger than clamd's StreamMaxLength");
        }
        return unavailable(text.isEmpty() ? "clamd has closed the connection" : "clamd says: " + printable(text));
    }

    static ScanOutcome unavailable(String reason) {
        return new ScanOutcome(ScanResult.UNAVAILABLE, reason);
    }

    private static String printable(String text) {
        String clean = text.replaceAll("\\p{Cntrl}", "?");
        return clean.length() > LONGEST ? clean.substring(0, LONGEST) : clean;
    }
}
