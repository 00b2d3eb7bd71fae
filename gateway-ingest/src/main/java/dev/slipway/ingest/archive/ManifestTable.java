package dev.slipway.ingest.archive;

import dev.slipway.core.archive.Archive;
import dev.slipway.core.state.StateDatabase;
import dev.slipway.core.store.ObjectKey;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.jdbi.v3.core.Handle;
import org.jspecify.annotations.Nullable;

/** The manifests that the server has not stored yet. All calls block for the database. Thread-safe. */
final class ManifestTable {
    private static final String COLUMNS = "SELECT archive, since, problem, bucket, object_key FROM archive_manifests";

    /** In characters. */
    private static final int LONGEST_PROBLEM = 1000;

    private final StateDatabase database;

    ManifestTable(StateDatabase database) {
        this.database = database;
    }

    /**
     * Records that the manifest of an archive is to be stored.
     *
     * @param handle of the transaction that records the archive
     */
    void insert(Handle handle, Archive archive, Instant now) {
        int _ = handle.createUpdate("INSERT INTO archive_manifests (archive, since, problem)"
                        + " VALUES (:archive, :since, '') ON CONFLICT (archive) DO NOTHING")
                .bind("archive", archive.id().toString())
                .bind("since", now.toEpochMilli())
                .execute();
    }

    /** The server has stored it. */
    void delete(UUID archive) {
        int _ = database.inTransaction(handle -> handle.createUpdate("DELETE FROM archive_manifests WHERE archive = ?")
                .bind(0, archive.toString())
                .execute());
    }

    /** The server has not stored it; whether it is in the fallback bucket stays as it was. */
    void fail(UUID archive, String problem) {
        int _ = database.inTransaction(handle -> handle.createUpdate(
                        "UPDATE archive_manifests SET problem = :problem WHERE archive = :archive")
                .bind("problem", shortened(problem))
                .bind("archive", archive.toString())
                .execute());
    }

    /** Likewise, and the store has confirmed an object with it. */
    void keep(UUID archive, ObjectKey object, String problem) {
        int _ = database.inTransaction(handle -> handle.createUpdate("UPDATE archive_manifests SET problem = :problem,"
                        + " bucket = :bucket, object_key = :key WHERE archive = :archive")
                .bind("problem", shortened(problem))
                .bind("bucket", object.bucket())
                .bind("key", object.key())
                .bind("archive", archive.toString())
                .execute());
    }

    private static String shortened(String text) {
        return text.length() <= LONGEST_PROBLEM ? text : text.substring(0, LONGEST_PROBLEM);
    }

    Optional<WaitingManifest> find(UUID archive) {
        return database.read(handle -> handle.createQuery(COLUMNS + " WHERE archive = :archive")
                .bind("archive", archive.toString())
                .map((row, _) -> manifest(row))
                .findFirst());
    }

    /**
     * Lists what waits, in the order of the ids.
     *
     * @param after an id; null to begin with the first
     */
    List<WaitingManifest> list(@Nullable UUID after, int limit) {
        return database.read(
                handle -> handle.createQuery(COLUMNS + " WHERE archive > :after ORDER BY archive LIMIT :limit")
                        .bind("after", after == null ? "" : after.toString())
                        .bind("limit", limit)
                        .map((row, _) -> manifest(row))
                        .list());
    }

    /** How many wait. */
    long count() {
        return database.read(handle -> handle.createQuery("SELECT COUNT(*) FROM archive_manifests")
                .mapTo(Long.class)
                .one());
    }

    private static WaitingManifest manifest(ResultSet row) throws SQLException {
        String bucket = row.getString("bucket");
        return new WaitingManifest(
                UUID.fromString(row.getString("archive")),
                Instant.ofEpochMilli(row.getLong("since")),
                row.getString("problem"),
                bucket == null ? null : new ObjectKey(bucket, row.getString("object_key")));
    }
}
