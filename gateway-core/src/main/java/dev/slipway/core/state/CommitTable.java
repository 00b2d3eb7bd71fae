package dev.slipway.core.state;

import dev.slipway.core.event.Origin;
import dev.slipway.core.store.ExpectedObject;
import dev.slipway.core.store.ObjectKey;
import dev.slipway.core.store.StoredUpload;
import dev.slipway.core.store.StoredVersion;
import dev.slipway.core.store.UploadJournal.Commit;
import dev.slipway.core.store.UploadOrigin;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jdbi.v3.core.Handle;

/** The statements on the uploads that the store was asked to complete. They run in transactions of the journal. */
final class CommitTable {
    private static final String COMMIT = "SELECT u.id, u.bucket, u.key, u.upload_id, u.etag, c.crc32, c.bytes, c.asked"
            + " FROM uploads u LEFT JOIN upload_commits c ON c.upload = u.id WHERE ";

    /** Uploads that no live gateway is working on. */
    private static final String IDLE = "(suspended IS NOT NULL OR run NOT IN (<live>))";

    /** Uploads that no other gateway has resumed. */
    private static final String OWN = "(suspended IS NOT NULL OR run IN ('', :run))";

    private final String run;

    /** The most uploads that are left to the sweeper. */
    private final int mostUnclear;

    /**
     * @param run the run of this gateway
     * @param mostUnclear the most uploads that are left to the sweeper
     */
    CommitTable(String run, int mostUnclear) {
        this.run = run;
        this.mostUnclear = mostUnclear;
    }

    /** Notes what an upload will be; replaces what was noted at an earlier attempt. */
    void add(Handle handle, String upload, ExpectedObject expected, UploadOrigin origin, Instant now) {
        handle.createUpdate("INSERT INTO upload_commits (upload, account, path, protocol, address, bytes, crc32, asked)"
                        + " VALUES (:upload, :account, :path, :protocol, :address, :bytes, :crc32, :asked)"
                        + " ON CONFLICT (upload) DO UPDATE SET account = :account, path = :path, protocol = :protocol,"
                        + " address = :address, bytes = :bytes, crc32 = :crc32, asked = :asked")
                .bind("upload", upload)
                .bind("account", origin.account())
                .bind("path", origin.path())
                .bind("protocol", origin.origin().name())
                .bind("address", origin.address())
                .bind("bytes", expected.bytes())
                .bind("crc32", expected.crc32())
                .bind("asked", now.toEpochMilli())
                .execute();
    }

    /** The upload as it is announced; empty if it is not to be. */
    Optional<StoredUpload> announced(Handle handle, String upload, StoredVersion version) {
        return handle.createQuery("SELECT u.bucket, u.key, c.account, c.path, c.protocol, c.address, c.bytes, c.asked"
                        + " FROM upload_commits c JOIN uploads u ON u.id = c.upload WHERE c.upload = :upload")
                .bind("upload", upload)
                .map((row, context) -> new StoredUpload(
                        upload,
                        Instant.ofEpochMilli(row.getLong(8)),
                        new UploadOrigin(
                                row.getString(3), row.getString(4), Origin.valueOf(row.getString(5)), row.getString(6)),
                        new ObjectKey(row.getString(1), row.getString(2)),
                        version,
                        row.getLong(7)))
                .findOne();
    }

    /** What is known about the completion of an upload; empty if it had not begun. */
    static Optional<Commit> find(Handle handle, String upload) {
        return handle.createQuery(COMMIT + "u.id = :upload AND (u.etag <> '' OR c.upload IS NOT NULL)")
                .bind("upload", upload)
                .map((row, context) -> commit(row))
                .findOne();
    }

    /** Those that no live gateway is working on, the oldest first. */
    static List<Commit> unclear(Handle handle, Set<String> live) {
        return handle.createQuery(COMMIT + "c.upload IS NOT NULL AND " + IDLE + " ORDER BY c.asked, u.id")
                .bindList("live", List.copyOf(live))
                .map((row, context) -> commit(row))
                .list();
    }

    private static Commit commit(ResultSet row) throws SQLException {
        long bytes = row.getLong(7);
        boolean isSizeKnown = !row.wasNull();
        return new Commit(
                row.getString(1),
                new ObjectKey(row.getString(2), row.getString(3)),
                row.getString(4),
                new ExpectedObject(row.getString(5), row.getString(6), isSizeKnown ? bytes : -1),
                Instant.ofEpochMilli(row.getLong(8)));
    }

    /**
     * Locks an upload, for its end, until the transaction ends.
     *
     * @return false if a gateway is working on it again, or it is no longer what it was
     */
    static boolean lock(Handle handle, Commit commit, Set<String> live) {
        int locked = handle.createUpdate("UPDATE uploads SET run = run WHERE id = :id AND " + IDLE)
                .bind("id", commit.id())
                .bindList("live", List.copyOf(live))
                .execute();
        return locked > 0 && find(handle, commit.id()).equals(Optional.of(commit));
    }

    /** Whether the store was asked later for another upload of the same key, whose end is not known either. */
    static boolean hasLater(Handle handle, StoredUpload upload) {
        return handle.createQuery("SELECT COUNT(*) FROM upload_commits c JOIN uploads u ON u.id = c.upload"
                                + " WHERE u.bucket = :bucket AND u.key = :key"
                                + " AND (c.asked > :asked OR c.asked = :asked AND u.id > :id)")
                        .bind("bucket", upload.key().bucket())
                        .bind("key", upload.key().key())
                        .bind("asked", upload.at().toEpochMilli())
                        .bind("id", upload.id())
                        .mapTo(Integer.class)
                        .one()
                > 0;
    }

    /**
     * Gives up earlier uploads of the same key that no live gateway is working on. If the store has completed one of
     * them, its object has been replaced; or the client has repeated it, and it would be taken for the repetition.
     */
    static void removeEarlier(Handle handle, StoredUpload upload, Set<String> live) {
        remove(
                handle,
                handle.createQuery("SELECT u.id FROM upload_commits c JOIN uploads u ON u.id = c.upload"
                                + " WHERE u.bucket = :bucket AND u.key = :key AND u.id <> :id AND c.asked <= :asked"
                                + " AND " + IDLE)
                        .bind("bucket", upload.key().bucket())
                        .bind("key", upload.key().key())
                        .bind("id", upload.id())
                        .bind("asked", upload.at().toEpochMilli())
                        .bindList("live", List.copyOf(live))
                        .mapTo(String.class)
                        .list());
    }

    /** The store does not have an upload of this gateway, or nobody is to be told of it. Removes the row of a PUT. */
    void removeOwn(Handle handle, String upload) {
        int locked = handle.createUpdate("UPDATE uploads SET run = run WHERE id = :upload AND " + OWN)
                .bind("upload", upload)
                .bind("run", run)
                .execute();
        if (locked > 0) {
            remove(handle, List.of(upload));
        }
    }

    /** As {@link #removeOwn}, whoever worked on them. */
    static void remove(Handle handle, List<String> uploads) {
        for (String upload : uploads) {
            handle.createUpdate("DELETE FROM upload_commits WHERE upload = :upload")
                    .bind("upload", upload)
                    .execute();
            handle.createUpdate("DELETE FROM uploads WHERE id = :upload AND upload_id = '' AND account = ''")
                    .bind("upload", upload)
                    .execute();
        }
    }

    /** Leaves an upload of this gateway to the sweeper, if it is unclear whether the store has it. */
    boolean leave(Handle handle, String upload) {
        return handle.createUpdate("UPDATE uploads SET run = '', suspended = NULL WHERE id = :upload AND " + OWN
                                + " AND EXISTS (SELECT 1 FROM upload_commits WHERE upload = :upload)")
                        .bind("upload", upload)
                        .bind("run", run)
                        .execute()
                > 0;
    }

    /**
     * Gives up the oldest uploads that are left to the sweeper, if there are too many: while a store does not answer,
     * clients may repeat their uploads without end.
     *
     * @return how many were given up
     */
    int limit(Handle handle) {
        List<String> oldest = handle.createQuery("SELECT u.id FROM upload_commits c JOIN uploads u ON u.id = c.upload"
                        + " WHERE u.suspended IS NOT NULL OR u.run = ''"
                        + " ORDER BY c.asked DESC, u.id DESC LIMIT 100 OFFSET :most")
                .bind("most", mostUnclear)
                .mapTo(String.class)
                .list();
        remove(handle, oldest);
        return oldest.size();
    }
}
