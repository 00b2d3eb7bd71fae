package dev.slipway.core.state;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.function.Function;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.statement.Update;
import org.jspecify.annotations.Nullable;

/** The storage totals of prefixes of buckets. All calls block for the database. */
public final class UsageTable {
    private final StateDatabase database;

    public UsageTable(StateDatabase database) {
        this.database = database;
    }

    /**
     * A counted prefix.
     *
     * @param bucket the bucket
     * @param prefix empty, or ending with {@code /}
     */
    public record Area(String bucket, String prefix) {
        @Override
        public String toString() {
            return "s3://" + bucket + "/" + prefix;
        }
    }

    /**
     * The total of an area.
     *
     * @param counted when it was last counted; null if never
     * @param recount whether a recount was requested
     */
    public record Total(
            Area area, long bytes, long files, @Nullable Instant counted, boolean recount) {}

    /** The change of a total. */
    public record Change(Area area, long bytes, long files) {}

    /** Returns all totals, by bucket and prefix. */
    public List<Total> read() {
        return database.read(UsageTable::read);
    }

    private static List<Total> read(Handle handle) {
        return handle.createQuery(
                        "SELECT bucket, prefix, bytes, files, counted, recount FROM storage_usage ORDER BY bucket, prefix")
                .map((row, context) -> total(row))
                .list();
    }

    private static Total total(ResultSet row) throws SQLException {
        long counted = row.getLong(5);
        Instant orNever = row.wasNull() ? null : Instant.ofEpochSecond(counted);
        return new Total(
                new Area(row.getString(1), row.getString(2)),
                row.getLong(3),
                row.getLong(4),
                orNever,
                row.getBoolean(6));
    }

    /**
     * Takes over the totals of an earlier run. If it was killed, changes may be missing, so this requests a recount.
     */
    public void takeOver() {
        database.inTransaction(handle -> {
            handle.execute("UPDATE storage_usage SET recount = TRUE WHERE NOT settled");
            return handle.execute("UPDATE storage_usage SET settled = FALSE");
        });
    }

    /** Records that all changes are written, unless another gateway may have more. */
    public void settle() {
        if (database.liveRuns().size() > 1) {
            return;
        }
        database.inTransaction(handle -> handle.execute("UPDATE storage_usage SET settled = TRUE"));
    }

    /**
     * Changes totals; missing ones are created.
     *
     * @return all totals
     */
    public List<Total> add(Collection<Change> changes) {
        return database.inTransaction(handle -> {
            // In a fixed order, so that gateways cannot deadlock.
            List<Change> ordered = changes.stream()
                    .sorted(Comparator.comparing(
                                    (Change change) -> change.area().bucket())
                            .thenComparing(change -> change.area().prefix()))
                    .toList();
            for (Change change : ordered) {
                int known = handle.createUpdate(
                                "UPDATE storage_usage SET bytes = bytes + :bytes, files = files + :files,"
                                        + " settled = FALSE WHERE bucket = :bucket AND prefix = :prefix")
                        .bind("bytes", change.bytes())
                        .bind("files", change.files())
                        .bind("bucket", change.area().bucket())
                        .bind("prefix", change.area().prefix())
                        .execute();
                if (known == 0) {
                    handle.createUpdate("INSERT INTO storage_usage (bucket, prefix, bytes, files, recount, settled)"
                                    + " VALUES (:bucket, :prefix, :bytes, :files, FALSE, FALSE)"
                                    + " ON CONFLICT (bucket, prefix) DO UPDATE SET bytes = storage_usage.bytes + :bytes,"
                                    + " files = storage_usage.files + :files")
                            .bind("bytes", change.bytes())
                            .bind("files", change.files())
                            .bind("bucket", change.area().bucket())
                            .bind("prefix", change.area().prefix())
                            .execute();
                }
            }
            return read(handle);
        });
    }

    /**
     * Claims an area for counting, unless another gateway has claimed it. This answers the requests for a recount that
     * were made so far; later ones remain, as the count may already have passed what they are about.
     *
     * @param until when the claim expires if this gateway is killed
     * @return whether it was claimed
     */
    public boolean claim(Area area, Instant now, Instant until) {
        return update(
                        area,
                        handle -> handle.createUpdate("UPDATE storage_usage SET claimed = :until, recount = FALSE"
                                        + " WHERE bucket = :bucket AND prefix = :prefix"
                                        + " AND (claimed IS NULL OR claimed <= :now)")
                                .bind("now", now.getEpochSecond())
                                .bind("until", until.getEpochSecond()))
                > 0;
    }

    /** Extends a claim. */
    public void renew(Area area, Instant until) {
        update(
                area,
                handle -> handle.createUpdate(
                                "UPDATE storage_usage SET claimed = :until WHERE bucket = :bucket AND prefix = :prefix")
                        .bind("until", until.getEpochSecond()));
    }

    /** Releases a claim whose count failed, and requests another one. */
    public void release(Area area) {
        update(
                area,
                handle -> handle.createUpdate("UPDATE storage_usage SET claimed = NULL, recount = TRUE"
                        + " WHERE bucket = :bucket AND prefix = :prefix"));
    }

    /** Records that a total was counted, and releases the claim. */
    public void counted(Area area, Instant when) {
        update(
                area,
                handle -> handle.createUpdate("UPDATE storage_usage SET counted = :counted, claimed = NULL"
                                + " WHERE bucket = :bucket AND prefix = :prefix")
                        .bind("counted", when.getEpochSecond()));
    }

    private int update(Area area, Function<Handle, Update> statement) {
        return database.inTransaction(handle -> statement
                .apply(handle)
                .bind("bucket", area.bucket())
                .bind("prefix", area.prefix())
                .execute());
    }

    /** Requests a recount of all totals, or of some. A running gateway begins it within seconds. */
    public int wantRecount(Collection<Area> areas) {
        return database.inTransaction(handle -> {
            int known = 0;
            for (Area area : areas) {
                known += handle.createUpdate(
                                "UPDATE storage_usage SET recount = TRUE WHERE bucket = :bucket AND prefix = :prefix")
                        .bind("bucket", area.bucket())
                        .bind("prefix", area.prefix())
                        .execute();
            }
            return known;
        });
    }

    /** Removes totals that are no longer used. */
    public void remove(Collection<Area> areas) {
        database.inTransaction(handle -> {
            for (Area area : areas) {
                handle.createUpdate("DELETE FROM storage_usage WHERE bucket = :bucket AND prefix = :prefix")
                        .bind("bucket", area.bucket())
                        .bind("prefix", area.prefix())
                        .execute();
            }
            return areas;
        });
    }
}
