package dev.slipway.core.net;

/**
 * How many connections a listener accepts.
 *
 * @param maxSessions the most connections that are logged in, at least 1
 * @param maxUnauthenticated the most connections that are not logged in, at least 1. They are counted apart: however many
 *     there are, they take no place of a session.
 * @param dropFrom from how many connections that are not logged in on a new one is refused at random, at least 1; none
 *     is if this is not below {@code maxUnauthenticated}
 * @param dropPercent the probability of that at {@code dropFrom}, 1 to 100; it rises evenly to 100 at
 *     {@code maxUnauthenticated}
 * @param maxUnauthenticatedPerAddress the most connections of one address (of IPv6: of a /64 network) that are not logged
 *     in, at least 1
 */
public record ConnectionLimits(
        int maxSessions, int maxUnauthenticated, int dropFrom, int dropPercent, int maxUnauthenticatedPerAddress) {
    /** 1000 sessions; 500 that are not logged in, refused at random from 300 on, 64 from one address. */
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

    /** The same with another limit. */
    public ConnectionLimits withMaxSessions(int value) {
        return new ConnectionLimits(value, maxUnauthenticated, dropFrom, dropPercent, maxUnauthenticatedPerAddress);
    }

    /** The same with another limit. */
    public ConnectionLimits withMaxUnauthenticated(int value) {
        return new ConnectionLimits(maxSessions, value, dropFrom, dropPercent, maxUnauthenticatedPerAddress);
    }

    /** The same with random refusals from another number on. */
    public ConnectionLimits withRandomDrop(int from, int percent) {
        return new ConnectionLimits(maxSessions, maxUnauthenticated, from, percent, maxUnauthenticatedPerAddress);
    }

    /** The same with another limit. */
    public ConnectionLimits withMaxUnauthenticatedPerAddress(int value) {
        return new ConnectionLimits(maxSessions, maxUnauthenticated, dropFrom, dropPercent, value);
    }

    /** The probability, in percent, that one more connection is refused beside so many that are not logged in. */
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
