package dev.slipway.core.vfs;

import static dev.slipway.core.account.AccountLimits.BY_DEFAULT;
import static dev.slipway.core.account.AccountLimits.NONE;
import static org.assertj.core.api.Assertions.assertThat;

import dev.slipway.core.VirtualPath;
import dev.slipway.core.account.Account;
import dev.slipway.core.account.AccountLimits;
import dev.slipway.core.account.Mount;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

/** Which limits apply to whom, by the test's own clock. */
class BandwidthTest {
    private static final int RATE = 100_000;
    private static final int BLOCK = 50;
    private static final AccountLimits NO_DEFAULTS = AccountLimits.UNLIMITED;

    private final AtomicLong time = new AtomicLong();

    private Bandwidth bandwidth(AccountLimits defaults, long uploadRate, long downloadRate) {
        return new Bandwidth(defaults, uploadRate, downloadRate, time::get);
    }

    private static AccountLimits rates(long upload, long download) {
        return new AccountLimits(NONE, NONE, upload, download);
    }

    private static Bandwidth.Taker taker(String name, long upload, long download) {
        Mount mount = new Mount(VirtualPath.ROOT, "bucket", "", false);
        return new Bandwidth.Taker(
                new Object(), new Account(name, List.of(mount), Set.of()).withLimits(rates(upload, download)));
    }

    /** Whether bytes pass without waiting: waiting calls poll {@code ended}. */
    private static boolean passes(Bandwidth bandwidth, boolean upload, Bandwidth.Taker taker) {
        AtomicBoolean waited = new AtomicBoolean();
        int count = upload
                ? bandwidth.awaitUpload(taker, BLOCK, () -> waitedNow(waited))
                : bandwidth.awaitDownload(taker, BLOCK, () -> waitedNow(waited));
        assertThat(count).isEqualTo(BLOCK);
        return !waited.get();
    }

    private static boolean waitedNow(AtomicBoolean waited) {
        waited.set(true);
        return true;
    }

    /** How many bytes all takers together pass in a second after the initial burst; at most ten times the rate. */
    private long perSecond(Bandwidth bandwidth, boolean upload, Bandwidth.Taker... takers) {
        long passed = 0;
        for (int millisecond = -1; millisecond < 1000; millisecond++) {
            time.addAndGet(1_000_000);
            long now = 0;
            for (Bandwidth.Taker taker : takers) {
                int blocks = 0;
                while (blocks < 10 * RATE / BLOCK / (millisecond < 0 ? 1 : 1000) && passes(bandwidth, upload, taker)) {
                    blocks++;
                }
                now += (long) blocks * BLOCK;
            }
            passed += millisecond < 0 ? 0 : now;
        }
        return passed;
    }

    private static void assertLimited(long passed) {
        assertThat(passed).isBetween(RATE * 98L / 100, RATE * 102L / 100);
    }

    private static void assertFree(long passed) {
        assertThat(passed).isEqualTo(10L * RATE);
    }

    @Test
    void sessionsOfAnAccountShareItsLimitInEachDirection() {
        Bandwidth bandwidth = bandwidth(NO_DEFAULTS, NONE, NONE);
        Bandwidth.Taker uploads = taker("anna", RATE, NONE);
        Bandwidth.Taker another = new Bandwidth.Taker(new Object(), uploads.account());
        assertLimited(perSecond(bandwidth, true, uploads, another));
        assertFree(perSecond(bandwidth, false, uploads));
        assertFree(perSecond(bandwidth, true, taker("otto", NONE, NONE)));

        Bandwidth.Taker downloads = taker("emma", NONE, RATE);
        assertLimited(perSecond(bandwidth, false, downloads));
        assertFree(perSecond(bandwidth, true, downloads));
    }

    @Test
    void accountsShareTheGlobalLimitInEachDirection() {
        Bandwidth uploads = bandwidth(NO_DEFAULTS, RATE, NONE);
        Bandwidth.Taker anna = taker("anna", NONE, NONE);
        Bandwidth.Taker otto = taker("otto", 8 * RATE, 8 * RATE);
        assertLimited(perSecond(uploads, true, anna, otto));
        assertFree(perSecond(uploads, false, anna));

        Bandwidth downloads = bandwidth(NO_DEFAULTS, NONE, RATE);
        assertLimited(perSecond(downloads, false, anna, otto));
        assertFree(perSecond(downloads, true, anna));
    }

    @Test
    void accountsWithoutLimitsHaveTheDefault() {
        Bandwidth bandwidth = bandwidth(rates(RATE, NONE), NONE, NONE);
        assertLimited(perSecond(bandwidth, true, taker("anna", BY_DEFAULT, BY_DEFAULT)));
        assertFree(perSecond(bandwidth, false, taker("anna", BY_DEFAULT, BY_DEFAULT)));
        assertFree(perSecond(bandwidth, true, taker("otto", NONE, NONE)));
        assertLimited(
                perSecond(bandwidth(rates(NONE, RATE), NONE, NONE), false, taker("emma", BY_DEFAULT, BY_DEFAULT)));
    }

    @Test
    void aNewLimitOfAnAccountTakesEffectAtOnce() {
        Bandwidth bandwidth = bandwidth(NO_DEFAULTS, NONE, NONE);
        Bandwidth.Taker before = taker("anna", RATE / 10, NONE);
        assertThat(perSecond(bandwidth, true, before)).isLessThan(RATE / 5);
        assertLimited(perSecond(bandwidth, true, taker("anna", RATE, NONE)));
    }

    /** Keeps transfers smooth. */
    @Test
    void atMostOneStepPassesAtATime() {
        Bandwidth bandwidth = bandwidth(NO_DEFAULTS, RATE, NONE);
        assertThat(bandwidth.awaitUpload(taker("anna", NONE, NONE), 1 << 20, () -> true))
                .isEqualTo(RATE / 40);
        assertThat(bandwidth.awaitDownload(taker("anna", NONE, NONE), 1 << 20, () -> true))
                .isEqualTo(1 << 20);
    }
}
