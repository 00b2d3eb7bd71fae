package dev.slipway.core.vfs;

import dev.slipway.core.account.Account;
import dev.slipway.core.account.AccountLimits;
import java.util.Map;
import java.util.WeakHashMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Limits how fast each account, and all accounts together, transfer files in each direction. An upload waits before its
 * bytes are taken, so that its client is not read from meanwhile; a download waits before its bytes are read. Sessions
 * share a limit equally. Thread-safe.
 */
public final class Bandwidth {
    /** Bytes pass in steps of at most this fraction of a second, so that transfers are smooth. */
    private static final long STEPS_PER_SECOND = 40;

    /** Smaller steps would cost too much work for each byte. */
    private static final long SMALLEST_STEP = 1024;

    /** Connections do not take more at a time. */
    private static final long LARGEST_STEP = 64 * 1024;

    /**
     * Who transfers.
     *
     * @param session the session, which gets an equal share
     * @param account the account as it is now
     */
    record Taker(Object session, Account account) {}

    private final AccountLimits defaults;
    private final LongSupplier nanoTime;
    private final Direction uploads;
    private final Direction downloads;

    /**
     * @param defaults the limits of accounts that set none
     * @param uploadRate the limit of all uploads together, in bytes per second, or {@link AccountLimits#NONE}
     * @param downloadRate the limit of all downloads together, likewise
     */
    public Bandwidth(AccountLimits defaults, long uploadRate, long downloadRate) {
        this(defaults, uploadRate, downloadRate, System::nanoTime);
    }

    Bandwidth(AccountLimits defaults, long uploadRate, long downloadRate, LongSupplier nanoTime) {
        this.defaults = defaults;
        this.nanoTime = nanoTime;
        this.uploads = new Direction(uploadRate);
        this.downloads = new Direction(downloadRate);
    }

    /**
     * Waits until some bytes may be uploaded.
     *
     * @param bytes the number of bytes that the client has sent, at least 1
     * @param ended polled while waiting; once true, this returns
     * @return how many of the bytes may be uploaded now
     */
    int awaitUpload(Taker taker, int bytes, BooleanSupplier ended) {
        return uploads.pass(taker, taker.account().limits().orElse(defaults).uploadRate(), bytes, ended);
    }

    /** Like {@link #awaitUpload}, for bytes that are about to be read. */
    int awaitDownload(Taker taker, int bytes, BooleanSupplier ended) {
        return downloads.pass(taker, taker.account().limits().orElse(defaults).downloadRate(), bytes, ended);
    }

    private final class Direction {
        private final long rateOfAll;
        private final @Nullable RateLimit all;
        private final Map<String, RateLimit> accounts = new ConcurrentHashMap<>();

        /** The flows of sessions within their account's limit and within the limit of all. */
        private final Map<Object, RateLimit.Flow> inAccount = new WeakHashMap<>();

        private final Map<Object, RateLimit.Flow> inAll = new WeakHashMap<>();

        Direction(long rateOfAll) {
            this.rateOfAll = rateOfAll;
            this.all = rateOfAll == AccountLimits.NONE ? null : new RateLimit(rateOfAll, nanoTime);
        }

        int pass(Taker taker, long rate, int bytes, BooleanSupplier ended) {
            long slowest = Math.min(rate, rateOfAll);
            if (slowest == AccountLimits.NONE) {
                return bytes;
            }
            int step = (int) Math.min(bytes, Math.clamp(slowest / STEPS_PER_SECOND, SMALLEST_STEP, LARGEST_STEP));
            if (rate != AccountLimits.NONE) {
                RateLimit own = accounts.computeIfAbsent(taker.account().name(), _ -> new RateLimit(rate, nanoTime));
                own.rate(rate);
                var _ = own.pass(flow(inAccount, taker), step, ended);
            }
            if (all != null) {
                var _ = all.pass(flow(inAll, taker), step, ended);
            }
            return step;
        }

        private RateLimit.Flow flow(Map<Object, RateLimit.Flow> flows, Taker taker) {
            synchronized (flows) {
                return flows.computeIfAbsent(taker.session(), _ -> new RateLimit.Flow());
            }
        }
    }
}
