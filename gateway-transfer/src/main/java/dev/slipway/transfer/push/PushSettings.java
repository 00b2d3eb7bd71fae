package dev.slipway.transfer.push;

import dev.slipway.transfer.job.Retries;
import java.net.URI;
import java.time.Duration;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/**
 * Settings of all pushes.
 *
 * @param storeEndpoint where remotes reach the store; null for where this gateway does
 * @param urlLifetime how long a presigned URL can be used, 1 minute to 7 days
 * @param freeSpacePercentage share of a remote's file system that must stay free after a file, 0 to 100, unless the
 *     remote has its own; empty to not check
 * @param pieceBytes the minimum size of a piece, at least 1
 * @param sources which URLs may be sources
 * @param retries how pushes are retried, unless an order says otherwise
 * @param deadline how long after its order a push is given up, unless the order says otherwise; null for never
 */
public record PushSettings(
        @Nullable URI storeEndpoint,
        Duration urlLifetime,
        OptionalInt freeSpacePercentage,
        long pieceBytes,
        SourceRules sources,
        Retries retries,
        @Nullable Duration deadline) {
    public static final Duration DEFAULT_URL_LIFETIME = Duration.ofHours(1);

    /** Files in pieces that are worth a connection each. */
    public PushSettings(
            @Nullable URI storeEndpoint, Duration urlLifetime, OptionalInt freeSpacePercentage, SourceRules sources) {
        this(storeEndpoint, urlLifetime, freeSpacePercentage, Pieces.LEAST_BYTES, sources);
    }

    /** Pushes that are retried as the engine does, and have no deadline. */
    public PushSettings(
            @Nullable URI storeEndpoint,
            Duration urlLifetime,
            OptionalInt freeSpacePercentage,
            long pieceBytes,
            SourceRules sources) {
        this(storeEndpoint, urlLifetime, freeSpacePercentage, pieceBytes, sources, Retries.USUAL, null);
    }

    /** The same with other retries and another deadline. */
    public PushSettings retrying(Retries how, @Nullable Duration until) {
        return new PushSettings(storeEndpoint, urlLifetime, freeSpacePercentage, pieceBytes, sources, how, until);
    }
}
