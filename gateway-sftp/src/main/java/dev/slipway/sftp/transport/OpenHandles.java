package dev.slipway.sftp.transport;

import java.util.concurrent.atomic.AtomicInteger;

/** How many files and directories all sessions together have open. Safe for use by several threads. */
public final class OpenHandles {
    private final int most;
    private final AtomicInteger open = new AtomicInteger();

    public OpenHandles(int most) {
        this.most = most;
    }

    /** Takes a place, if there is one. */
    public boolean take() {
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
    public int count() {
        return open.get();
    }
}
