package dev.slipway.transfer.job;

import dev.slipway.core.state.StateDatabase;
import java.time.Instant;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jdbi.v3.core.Handle;

/**
 * Ends leases that nobody holds any more: those of gateways that are gone, as their advisory locks tell, and those that this
 * gateway has lost.
 */
final class Takeover {
    private final JobTransactions transactions;
    private final JobEnds ends;
    private final StateDatabase database;

    Takeover(JobTransactions transactions, JobEnds ends) {
        this.transactions = transactions;
        this.ends = ends;
        this.database = transactions.database();
    }

    /**
     * Takes over the jobs of gateways that are gone, and the reports that they still had to make.
     *
     * @return whether there were any
     */
    boolean takeOver() {
        List<String> others = database.read(handle -> QueueTable.otherRuns(handle, database.run()));
        if (others.isEmpty()) {
            return false;
        }
        Set<String> gone = new HashSet<>(others);
        gone.removeAll(database.liveRuns());
        if (gone.isEmpty()) {
            return false;
        }
        takeOver(gone);
        return true;
    }

    private void takeOver(Set<String> gone) {
        for (String id : database.read(handle -> QueueTable.claimed(handle, gone))) {
            var _ = transactions.change(id, (handle, row, limits) -> {
                boolean isLost = row.claimedBy().filter(gone::contains).isPresent();
                if (isLost) {
                    free(handle, row, limits);
                }
                return isLost && !row.state().isEnd();
            });
        }
        database.inTransaction(handle -> {
            JobHistory.takeOverReports(handle, gone, database.run());
            return true;
        });
    }

    /**
     * Frees jobs that are this gateway's by their rows, but in no thread's hands: the gateway has forgotten them. No job may
     * be claimed or put into a thread's hands meanwhile.
     *
     * @param inHand the jobs that threads have in hand; may lose some meanwhile
     */
    void freeForgotten(Collection<String> inHand) {
        Set<String> forgotten = new HashSet<>(database.read(handle -> QueueTable.claimed(handle, database.run()))
                .keySet());
        forgotten.removeAll(inHand);
        for (String id : forgotten) {
            var _ = transactions.change(id, (handle, row, limits) -> {
                boolean isLost = row.isClaimedBy(database.run());
                if (isLost) {
                    free(handle, row, limits);
                }
                return isLost && !row.state().isEnd();
            });
        }
    }

    private void free(Handle handle, JobRow row, Map<Resource, Integer> limits) {
        Instant now = transactions.now();
        QueueTable.release(handle, row.id());
        if (row.isRunning()) {
            ends.crashed(handle, row, now);
        } else if (row.hasWork()) {
            QueueTable.due(handle, row.id(), now);
        }
        ResourceSlots.unpark(handle, limits);
    }
}
