package dev.slipway.core.state;

import dev.slipway.core.store.StoredUpload;
import java.util.List;
import org.jdbi.v3.core.Handle;

/**
 * Receives each completed upload exactly once, in the transaction that removes it from the journal: what it writes there is
 * lost neither by a crash nor by a lost answer of the store. Thread-safe.
 */
public interface UploadOutbox {
    /** Nobody wants to know. Uploads then cost nothing more, and nothing is written. */
    UploadOutbox NONE = new UploadOutbox() {
        @Override
        public boolean isWanted() {
            return false;
        }

        @Override
        public void stored(Handle transaction, StoredUpload upload) {}

        @Override
        public void committed() {}
    };

    /** All of these, in their order, in the same transaction. */
    static UploadOutbox all(List<UploadOutbox> outboxes) {
        List<UploadOutbox> wanted =
                outboxes.stream().filter(UploadOutbox::isWanted).toList();
        return switch (wanted.size()) {
            case 0 -> NONE;
            case 1 -> wanted.getFirst();
            default ->
                new UploadOutbox() {
                    @Override
                    public boolean isWanted() {
                        return true;
                    }

                    @Override
                    public void stored(Handle transaction, StoredUpload upload) {
                        wanted.forEach(outbox -> outbox.stored(transaction, upload));
                    }

                    @Override
                    public void committed() {
                        wanted.forEach(UploadOutbox::committed);
                    }
                };
        };
    }

    /** Whether uploads are to be announced. Answers from memory; does not change. */
    boolean isWanted();

    /**
     * Writes what is to be done about an upload. May be called again for the same upload if the transaction is rolled
     * back.
     *
     * @param transaction for statements only; ends with the journal's own change
     */
    void stored(Handle transaction, StoredUpload upload);

    /** Such a transaction was committed. Must not block. */
    void committed();
}
