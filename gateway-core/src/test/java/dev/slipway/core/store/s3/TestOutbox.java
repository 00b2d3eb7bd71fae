package dev.slipway.core.store.s3;

import dev.slipway.core.state.StateDatabase;
import dev.slipway.core.state.UploadOutbox;
import dev.slipway.core.store.StoredUpload;
import java.util.List;
import java.util.function.Predicate;
import org.jdbi.v3.core.Handle;

/** Somebody who is told of completed uploads, and writes them down in the same transaction. */
public final class TestOutbox implements UploadOutbox {
    private volatile Predicate<StoredUpload> failing = _ -> false;

    /** A row that was written: the id of the upload, and what it has become. */
    public record Row(String id, String upload) {}

    @Override
    public boolean isWanted() {
        return true;
    }

    @Override
    public void stored(Handle transaction, StoredUpload upload) {
        transaction
                .createUpdate("INSERT INTO deliveries (event, target, address, body, created, attempts, due,"
                        + " claimed_until, problem) VALUES (:id, 'test', '', :body, 0, 0, 0, 0, '')")
                .bind("id", upload.id())
                .bind("body", describe(upload))
                .execute();
        if (failing.test(upload)) {
            throw new IllegalStateException("the gateway is killed within the transaction");
        }
    }

    private static String describe(StoredUpload upload) {
        return upload.origin().account() + " " + upload.origin().path() + " "
                + upload.origin().origin() + " " + upload.origin().address() + " "
                + upload.key().key() + " " + upload.version().etag() + " " + upload.bytes();
    }

    @Override
    public void committed() {}

    /** All transactions fail from now on. */
    public void fail() {
        failing = _ -> true;
    }

    /** Only those of this key fail from now on. */
    void failFor(String key) {
        failing = upload -> upload.key().key().equals(key);
    }

    /** Transactions work again. */
    public void heal() {
        failing = _ -> false;
    }

    /** What was written. */
    public static List<Row> rows(StateDatabase database) {
        return database.read(handle -> handle.createQuery("SELECT event, body FROM deliveries ORDER BY event")
                .map((row, context) -> new Row(row.getString(1), row.getString(2)))
                .list());
    }
}
