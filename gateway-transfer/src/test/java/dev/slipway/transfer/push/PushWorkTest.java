package dev.slipway.transfer.push;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.slipway.testing.Patience;
import dev.slipway.transfer.job.NewJob;
import dev.slipway.transfer.remote.RemoteException;
import dev.slipway.transfer.remote.RemoteFailure;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BrokenBarrierException;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class PushWorkTest {
    private static final int PIECES = 3;

    private final PushWork work = new PushWork(
            new TestRun(new NewJob("id", "push", "{}", "vault", "", "", 0, null, "ann", "", null), ""),
            "sending",
            new Checkpoint(
                    new SourceVersion(PIECES, "\"1\"", 0, null),
                    "/target",
                    "/target.part",
                    Pieces.of(PIECES, PIECES, 1),
                    false,
                    false));

    /** Whoever holds the server's channels may release them at any moment. */
    @Test
    void piecesRefusedInParallelAreSentOneAfterTheOther() throws Exception {
        CyclicBarrier together = new CyclicBarrier(PIECES);
        AtomicInteger tries = new AtomicInteger();
        work.sendAll(PIECES, index -> {
            if (tries.incrementAndGet() <= PIECES) {
                await(together);
                throw refused();
            }
            work.written(index, work.piece(index).end(), null);
        });
        assertThat(work.checkpoint().written()).isEqualTo(PIECES);
        assertThat(tries).hasValue(2 * PIECES);
    }

    @Test
    void aPieceThatIsRefusedAloneEndsTheWork() {
        List<Integer> tried = new ArrayList<>();
        assertThatThrownBy(() -> work.sendAll(1, index -> {
                    tried.add(index);
                    throw refused();
                }))
                .isInstanceOfSatisfying(
                        RemoteException.class, e -> assertThat(e.failure()).isEqualTo(RemoteFailure.NO_CHANNEL));
        assertThat(tried).containsExactly(0);
    }

    /** A server that opens no channel at all is asked a few times, not forever. */
    @Test
    void aServerThatRefusesEveryPieceEndsTheWork() {
        AtomicInteger tries = new AtomicInteger();
        assertThatThrownBy(() -> work.sendAll(PIECES, _ -> {
                    tries.incrementAndGet();
                    throw refused();
                }))
                .isInstanceOfSatisfying(
                        RemoteException.class, e -> assertThat(e.failure()).isEqualTo(RemoteFailure.NO_CHANNEL));
        assertThat(tries).hasValueBetween(2, 2 * PIECES);
    }

    private static RemoteException refused() {
        return new RemoteException(RemoteFailure.NO_CHANNEL, "vault: the server opens no further channel");
    }

    private static void await(CyclicBarrier barrier) {
        try {
            barrier.await(Patience.SECONDS, TimeUnit.SECONDS);
        } catch (InterruptedException | BrokenBarrierException | TimeoutException e) {
            throw new IllegalStateException(e);
        }
    }
}
