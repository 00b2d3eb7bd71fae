package dev.slipway.transfer.outcome;

import dev.slipway.core.state.UploadOutbox;
import dev.slipway.core.store.StoredUpload;
import java.time.Clock;
import java.time.Instant;
import java.util.List;
import org.jdbi.v3.core.Handle;

/** Writes a delivery for each target that wants uploads, in the transaction that ends the upload. */
final class UploadEvents implements UploadOutbox {
    private final DeliveryTable table;
    private final List<Backlog> receivers;
    private final Runnable wake;
    private final Clock clock;

    /**
     * @param receivers the backlogs of those that want uploads
     * @param wake has them look for deliveries; must not block
     */
    UploadEvents(DeliveryTable table, List<Backlog> receivers, Runnable wake, Clock clock) {
        this.table = table;
        this.receivers = List.copyOf(receivers);
        this.wake = wake;
        this.clock = clock;
    }

    @Override
    public boolean isWanted() {
        return !receivers.isEmpty();
    }

    @Override
    public void stored(Handle transaction, StoredUpload upload) {
        Instant now = clock.instant();
        String event = UploadedFile.id(upload);
        String body = UploadedFile.json(upload);
        for (Backlog receiver : receivers) {
            if (receiver.admit(event)) {
                table.addOnce(transaction, event, body, receiver.target(), now);
            }
        }
    }

    @Override
    public void committed() {
        wake.run();
    }
}
