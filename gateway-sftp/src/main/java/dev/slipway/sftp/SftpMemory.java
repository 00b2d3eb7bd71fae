package dev.slipway.sftp;

import dev.slipway.core.net.ConnectionLimits;

/**
 * The SSH listener's shares of the Java heap. What the settings leave open follows from the size of the heap.
 *
 * @param windows bytes that the clients of all channels together may send ahead, taken from the heap as they arrive
 * @param connections the limits on connections
 */
public record SftpMemory(long windows, ConnectionLimits connections) {
    private static final long LEAST_WINDOWS = 1L << 20;
    private static final long MOST_WINDOWS = 128L << 20;
    private static final int MOST_UNAUTHENTICATED = ConnectionLimits.DEFAULTS.maxUnauthenticated();

    /**
     * Resolves what the settings leave open.
     *
     * @param heap the largest heap, in bytes
     */
    public static SftpMemory of(SftpSettings settings, long heap) {
        return new SftpMemory(
                settings.windowMemory() == null
                        ? Math.clamp(heap / 4, LEAST_WINDOWS, MOST_WINDOWS)
                        : settings.windowMemory().bytes(),
                connections(settings, heap));
    }

    /** If the limit on unauthenticated connections follows from the heap, random refusals start proportionally earlier. */
    private static ConnectionLimits connections(SftpSettings settings, long heap) {
        Integer set = settings.maxUnauthenticatedConnections();
        int unauthenticated =
                set == null ? Math.clamp(heap / 6 / SftpServer.UNAUTHENTICATED_BYTES, 1, MOST_UNAUTHENTICATED) : set;
        int dropFrom = set == null
                ? Math.max(1, settings.randomDropFrom() * unauthenticated / MOST_UNAUTHENTICATED)
                : settings.randomDropFrom();
        return new ConnectionLimits(
                settings.maxSessions(),
                unauthenticated,
                dropFrom,
                settings.randomDropPercent(),
                settings.maxUnauthenticatedPerAddress());
    }
}
