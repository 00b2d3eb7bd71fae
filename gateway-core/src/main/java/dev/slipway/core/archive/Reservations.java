package dev.slipway.core.archive;

import dev.slipway.core.Failure;
import dev.slipway.core.store.StoreException;
import java.time.Duration;

/** Opens two things that each need memory, without waiting for one while holding the other. */
final class Reservations {
    private Reservations() {}

    /** Opens something, and waits for its memory no longer than a time. */
    @FunctionalInterface
    interface Opening<T extends AutoCloseable> {
        /**
         * Opens it.
         *
         * @throws StoreException {@link Failure#BUSY} if no memory became free in that time
         */
        T open(Duration wait) throws StoreException;
    }

    /** What is made of both; owns them from then on. */
    @FunctionalInterface
    interface Use<A, B, R> {
        R of(A one, B other);
    }

    /**
     * Opens both.
     *
     * @param wait how long to wait for either; zero to not wait at all
     * @throws StoreException {@link Failure#BUSY} if there is memory for one, but not for both
     */
    static <A extends AutoCloseable, B extends AutoCloseable, R> R both(
            Opening<A> one, Opening<B> other, Duration wait, Use<A, B, R> use) throws StoreException {
        A first = one.open(wait);
        try {
            return use.of(first, other.open(Duration.ZERO));
        } catch (StoreException e) {
            close(first);
            if (e.failure() != Failure.BUSY || wait.isZero()) {
                throw e;
            }
        }
        B second = other.open(wait);
        try {
            return use.of(one.open(Duration.ZERO), second);
        } catch (StoreException e) {
            close(second);
            throw e;
        }
    }

    private static void close(AutoCloseable opened) {
        try {
            opened.close();
        } catch (Exception e) {
            throw new IllegalStateException("memory could not be returned", e);
        }
    }
}
