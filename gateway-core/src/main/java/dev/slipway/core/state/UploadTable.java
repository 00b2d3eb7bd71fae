package dev.slipway.core.state;

import dev.slipway.core.store.ObjectKey;
import dev.slipway.core.store.PendingUpload;
import dev.slipway.core.store.UploadJournal;
import java.time.Clock;
import java.time.Instant;
import java.util.List;
import java.util.UUID;

/** The journal of multipart uploads in the state database. */
public final class UploadTable implements UploadJournal {
    private final StateDatabase database;
    private final Clock clock;
    private final String run = UUID.randomUUID().toString();

    public UploadTable(StateDatabase database, Clock clock) {
        this.database = database;
        this.clock = clock;
    }

    @Override
    public String starting(ObjectKey key) {
        String id = UUID.randomUUID().toString();
        database.inTransaction(
                handle -> handle.createUpdate("INSERT INTO uploads (id, run, bucket, key, upload_id, started)"
                                + " VALUES (:id, :run, :bucket, :key, '', :started)")
                        .bind("id", id)
                        .bind("run", run)
                        .bind("bucket", key.bucket())
                        .bind("key", key.key())
                        .bind("started", clock.instant().getEpochSecond())
                        .execute());
        return id;
    }

    @Override
    public void started(String id, String uploadId) {
        database.inTransaction(handle -> handle.createUpdate("UPDATE uploads SET upload_id = :uploadId WHERE id = :id")
                .bind("id", id)
                .bind("uploadId", uploadId)
                .execute());
    }

    @Override
    public void ended(String id) {
        database.inTransaction(handle -> handle.createUpdate("DELETE FROM uploads WHERE id = :id")
                .bind("id", id)
                .execute());
    }

    @Override
    public void abandoned(String id) {
        database.inTransaction(handle -> handle.createUpdate("UPDATE uploads SET run = '' WHERE id = :id")
                .bind("id", id)
                .execute());
    }

    @Override
    public boolean isLive(PendingUpload upload) {
        return database.inTransaction(handle -> handle.createQuery("SELECT COUNT(*) FROM uploads WHERE run = :run"
                                + " AND bucket = :bucket AND key = :key AND upload_id IN ('', :uploadId)")
                        .bind("run", run)
                        .bind("bucket", upload.key().bucket())
                        .bind("key", upload.key().key())
                        .bind("uploadId", upload.uploadId())
                        .mapTo(Integer.class)
                        .one())
                > 0;
    }

    @Override
    public List<Entry> leftBehind() {
        return database.inTransaction(handle -> handle.createQuery(
                        "SELECT id, bucket, key, upload_id, started FROM uploads WHERE run <> :run ORDER BY started")
                .bind("run", run)
                .map((row, context) -> new Entry(
                        row.getString(1),
                        new ObjectKey(row.getString(2), row.getString(3)),
                        row.getString(4),
                        Instant.ofEpochSecond(row.getLong(5))))
                .list());
    }
}
