package dev.slipway.admin.http;

import java.util.concurrent.atomic.AtomicLong;

/** A memory budget shared by requests. Safe for use by several threads; never blocks. */
final class ByteBudget {
    private final long most;
    private final AtomicLong used = new AtomicLong();

    /** @param most in bytes */
    ByteBudget(long most) {
        this.most = most;
    }

    /** Reserves bytes; false if not enough are left. */
    boolean take(long bytes) {
        if (used.addAndGet(bytes) <= most) {
            return true;
        }
        used.addAndGet(-bytes);
        return false;
    }

    void giveBack(long bytes) {
        used.addAndGet(-bytes);
    }
}
