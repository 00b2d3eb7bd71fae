package dev.slipway.bench;

/**
 * What one run has shown.
 *
 * @param phase what was done, such as {@code up}
 * @param product the server
 * @param amount how much was done, in the phase's unit
 * @param unit bytes or something countable
 * @param seconds how long it took by the clock, logins included
 * @param serverCpuSeconds the CPU time of the server's processes meanwhile
 * @param clientCpuSeconds the CPU time of the client's processes
 * @param peakBytes the most memory that the server had since it was started
 */
record Measurement(
        String phase,
        Product product,
        long amount,
        Unit unit,
        double seconds,
        double serverCpuSeconds,
        double clientCpuSeconds,
        long peakBytes) {
    /** What is counted. */
    enum Unit {
        BYTES,
        FILES,
        LOGINS,
        /** Sessions that are open: only their memory matters. */
        SESSIONS
    }
}
