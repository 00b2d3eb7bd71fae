package dev.slipway.admin.http;

import java.util.concurrent.atomic.AtomicLong;

/** Memory that many requests share. Safe for use by several threads; nothing waits for it. */
final class ByteBudget {
    private final long most;
    private final AtomicLong used = new AtomicLong();

    /** @param most in bytes */
    ByteBudget(long most) {
        this.most = most;
    }

    /** Takes some bytes; false if there are not so many left. */
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
