package dev.slipway.core.net;

/**
 * How many connections a listener accepts.
 *
 * @param maxSessions the most authenticated connections, at least 1
 * @param maxUnauthenticated the most unauthenticated connections, at least 1. They are counted separately and never
 *     take the place of a session
 * @param dropFrom the number of unauthenticated connections from which new ones are refused at random, at least 1;
 *     never if not below {@code maxUnauthenticated}
 * @param dropPercent the probability of that at {@code dropFrom}, 1 to 100; it rises linearly to 100 at {@code
 *     maxUnauthenticated}
 * @param maxUnauthenticatedPerAddress the most unauthenticated connections of one address (of IPv6: a /64 network), at
 *     least 1
 */
public record ConnectionLimits(
        int maxSessions, int maxUnauthenticated, int dropFrom, int dropPercent, int maxUnauthenticatedPerAddress) {
    /** 1000 sessions; 500 unauthenticated connections, refused at random from 300 on, 64 from one address. */
    public static final ConnectionLimits DEFAULTS = new ConnectionLimits(1000, 500, 300, 30, 64);

    public ConnectionLimits {
        requireAtLeastOne("sessions", maxSessions);
        requireAtLeastOne("unauthenticated connections", maxUnauthenticated);
        requireAtLeastOne("unauthenticated connections from which new ones are refused at random", dropFrom);
        requireAtLeastOne("unauthenticated connections per address", maxUnauthenticatedPerAddress);
        if (dropPercent < 1 || dropPercent > 100) {
            throw new IllegalArgumentException(
                    "the probability of a random refusal must be from 1 to 100 percent, but is " + dropPercent);
        }
    }

    private static void requireAtLeastOne(String what, int limit) {
        if (limit < 1) {
            throw new IllegalArgumentException("the number of " + what + " must be at least 1, but is " + limit);
        }
    }

    /** The same limits with another number of sessions. */
    public ConnectionLimits withMaxSessions(int value) {
        return new ConnectionLimits(value, maxUnauthenticated, dropFrom, dropPercent, maxUnauthenticatedPerAddress);
    }

    /** The same limits with another number of unauthenticated connections. */
    public ConnectionLimits withMaxUnauthenticated(int value) {
        return new ConnectionLimits(maxSessions, value, dropFrom, dropPercent, maxUnauthenticatedPerAddress);
    }

    /** The same limits with other random refusals. */
    public ConnectionLimits withRandomDrop(int from, int percent) {
        return new ConnectionLimits(maxSessions, maxUnauthenticated, from, percent, maxUnauthenticatedPerAddress);
    }

    /** The same limits with another number of unauthenticated connections per address. */
    public ConnectionLimits withMaxUnauthenticatedPerAddress(int value) {
        return new ConnectionLimits(maxSessions, maxUnauthenticated, dropFrom, dropPercent, value);
    }

    /** The probability, in percent, that a new connection is refused when there are so many unauthenticated ones. */
    double dropProbability(int unauthenticated) {
        if (unauthenticated >= maxUnauthenticated) {
            return 100;
        }
        if (unauthenticated < dropFrom) {
            return 0;
        }
        return dropPercent + (100.0 - dropPercent) * (unauthenticated - dropFrom) / (maxUnauthenticated - dropFrom);
    }
}
