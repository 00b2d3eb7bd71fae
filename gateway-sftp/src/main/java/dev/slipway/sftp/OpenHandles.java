package dev.slipway.sftp;

import java.util.concurrent.atomic.AtomicInteger;

/** How many files and directories all sessions together have open. Safe for use by several threads. */
final class OpenHandles {
    private final int most;
    private final AtomicInteger open = new AtomicInteger();

    OpenHandles(int most) {
        this.most = most;
    }

    /** Takes a place, if there is one. */
    boolean take() {
        if (open.incrementAndGet() <= most) {
            return true;
        }
        open.decrementAndGet();
        return false;
    }

    void giveBack() {
        open.decrementAndGet();
    }

    /** 0 when nothing is open. */
    int count() {
        return open.get();
    }
}
