package dev.slipway.bench;

/**
 * The result of one run.
 *
 * @param phase what was measured, such as {@code up}
 * @param product the server
 * @param amount how much was done, in the phase's unit
 * @param unit the unit: bytes or a countable thing
 * @param seconds elapsed time, logins included
 * @param serverCpuSeconds CPU time of the server's processes meanwhile
 * @param clientCpuSeconds CPU time of the client's processes
 * @param peakBytes the server's peak memory since it was started
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
    /** The unit of an amount. */
    enum Unit {
        BYTES,
        FILES,
        LOGINS,
        /** Open sessions: only their memory is measured. */
        SESSIONS
    }
}
