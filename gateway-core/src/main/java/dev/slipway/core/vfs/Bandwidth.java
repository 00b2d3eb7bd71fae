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
 * How fast accounts, and all of them together, may transfer files, in each direction. Uploads wait before their bytes are
 * taken, so that nothing more is read from their clients; downloads before they are read. Each session has an equal part.
 * Safe for use by several threads.
 */
public final class Bandwidth {
    /** A step is what passes within this part of a second, so that transfers go on evenly; */
    private static final long STEPS_PER_SECOND = 40;

    /** but not so little that the work for each step counts, */
    private static final long SMALLEST_STEP = 1024;

    /** nor more than what connections take at a time. */
    private static final long LARGEST_STEP = 64 * 1024;

    /**
     * Who transfers.
     *
     * @param session whose part it is
     * @param account as it is now
     */
    record Taker(Object session, Account account) {}

    private final AccountLimits defaults;
    private final LongSupplier nanoTime;
    private final Direction uploads;
    private final Direction downloads;

    /**
     * @param defaults what accounts have that say nothing of their own
     * @param uploadRate of all uploads together, in bytes each second, or {@link AccountLimits#NONE}
     * @param downloadRate of all downloads together
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
     * @param bytes that the client has sent, at least 1
     * @param ended asked while waiting; once true this returns
     * @return how many of them
     */
    int awaitUpload(Taker taker, int bytes, BooleanSupplier ended) {
        return uploads.pass(taker, taker.account().limits().orElse(defaults).uploadRate(), bytes, ended);
    }

    /** Likewise for bytes that are about to be read. */
    int awaitDownload(Taker taker, int bytes, BooleanSupplier ended) {
        return downloads.pass(taker, taker.account().limits().orElse(defaults).downloadRate(), bytes, ended);
    }

    private final class Direction {
        private final long rateOfAll;
        private final @Nullable RateLimit all;
        private final Map<String, RateLimit> accounts = new ConcurrentHashMap<>();

        /** The parts of sessions in what their accounts may, and in what all may. */
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
