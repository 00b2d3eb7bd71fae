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
    /** So many are looked for in one sweep. */
    private static final int PAGE = 1000;

    private static final String COMMIT = "SELECT u.id, u.bucket, u.key, u.upload_id, u.etag, c.crc32, c.bytes, c.asked"
            + " FROM uploads u LEFT JOIN upload_commits c ON c.upload = u.id WHERE ";

    /** The most PUTs without an answer that the sweeper looks for. */
    private final int mostUnclear;

    CommitTable(int mostUnclear) {
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
        return handle.createQuery(COMMIT + "c.upload IS NOT NULL AND (u.suspended IS NOT NULL OR u.run NOT IN (<live>))"
                        + " ORDER BY c.asked, u.id LIMIT :page")
                .bindList("live", List.copyOf(live))
                .bind("page", PAGE)
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

    /** The store does not have an upload; if that was a PUT, nothing is left of it. */
    static int remove(Handle handle, String upload) {
        int removed = handle.createUpdate("DELETE FROM upload_commits WHERE upload = :upload")
                .bind("upload", upload)
                .execute();
        handle.createUpdate("DELETE FROM uploads WHERE id = :upload AND upload_id = '' AND account = ''")
                .bind("upload", upload)
                .execute();
        return removed;
    }

    /** Whether it is unclear if the store has an upload: it is then left to the sweeper. */
    static boolean leave(Handle handle, String upload) {
        return handle.createUpdate("UPDATE uploads SET run = '', suspended = NULL WHERE id = :upload"
                                + " AND EXISTS (SELECT 1 FROM upload_commits WHERE upload = :upload)")
                        .bind("upload", upload)
                        .execute()
                > 0;
    }

    /**
     * Leaves a PUT to the sweeper. Gives up the oldest ones if there are too many: while a store does not answer, clients
     * may repeat their uploads without end.
     *
     * @return how many were given up
     */
    int leavePut(Handle handle, String upload) {
        boolean _ = leave(handle, upload);
        return handle.createUpdate("DELETE FROM uploads WHERE id IN (SELECT u.id FROM upload_commits c"
                        + " JOIN uploads u ON u.id = c.upload WHERE u.run = '' AND u.upload_id = '' AND u.account = ''"
                        + " ORDER BY c.asked DESC, u.id LIMIT 100 OFFSET :most)")
                .bind("most", mostUnclear)
                .execute();
    }
}
