package dev.slipway.core.state;

import dev.slipway.core.PosixAttributes;
import dev.slipway.core.store.ObjectInfo;
import dev.slipway.core.store.ObjectKey;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jdbi.v3.core.Handle;
import org.jspecify.annotations.Nullable;

/**
 * The modes, owners and groups that clients set. A row applies to one version of an object, as in {@link AttributeTable},
 * which also removes the rows of keys that are gone, and moves them with copies. All calls block for the database.
 */
public final class PosixTable {
    private static final int KEYS_PER_QUERY = 500;

    private final StateDatabase database;

    /** In the same database as the attributes. */
    public PosixTable(AttributeTable attributes) {
        this.database = attributes.database();
    }

    private record Row(ObjectKey key, String version, PosixAttributes attributes) {}

    /** Returns what was set for these versions, of one bucket; only versions for which anything was. */
    public Map<ObjectKey, PosixAttributes> find(Collection<ObjectInfo> versions) {
        Map<ObjectKey, String> wanted = new HashMap<>();
        for (ObjectInfo version : versions) {
            wanted.put(version.key(), version.version());
        }
        return findVersions(wanted);
    }

    /** Returns what was set for these directories, identified by their markers in one bucket. */
    public Map<ObjectKey, PosixAttributes> findDirectories(Collection<ObjectKey> markers) {
        Map<ObjectKey, String> wanted = new HashMap<>();
        for (ObjectKey marker : markers) {
            wanted.put(marker, AttributeTable.DIRECTORY);
        }
        return findVersions(wanted);
    }

    private Map<ObjectKey, PosixAttributes> findVersions(Map<ObjectKey, String> wanted) {
        if (wanted.isEmpty()) {
            return Map.of();
        }
        String bucket = wanted.keySet().iterator().next().bucket();
        List<String> keys = wanted.keySet().stream().map(ObjectKey::key).toList();
        return database.read(handle -> {
            Map<ObjectKey, PosixAttributes> found = new HashMap<>();
            for (int from = 0; from < keys.size(); from += KEYS_PER_QUERY) {
                List<String> some = keys.subList(from, Math.min(keys.size(), from + KEYS_PER_QUERY));
                for (Row row : rows(handle, bucket, some)) {
                    if (row.version().equals(wanted.get(row.key()))) {
                        found.put(row.key(), row.attributes());
                    }
                }
            }
            return found;
        });
    }

    private static List<Row> rows(Handle handle, String bucket, List<String> keys) {
        return handle.createQuery("SELECT key, version, mode, owner, grp FROM posix_attributes"
                        + " WHERE bucket = :bucket AND key IN (<keys>)")
                .bind("bucket", bucket)
                .bindList("keys", keys)
                .map((row, context) ->
                        new Row(new ObjectKey(bucket, row.getString(1)), row.getString(2), attributes(row)))
                .list();
    }

    private static PosixAttributes attributes(ResultSet row) throws SQLException {
        Long mode = number(row, 3);
        return new PosixAttributes(mode == null ? null : mode.intValue(), number(row, 4), number(row, 5));
    }

    private static @Nullable Long number(ResultSet row, int column) throws SQLException {
        long value = row.getLong(column);
        return row.wasNull() ? null : (Long) value;
    }

    /** Returns what was set for the last version of a key that had anything set. */
    public Optional<PosixAttributes> last(ObjectKey key) {
        return database.read(handle -> rows(handle, key.bucket(), List.of(key.key())).stream()
                .findFirst()
                .map(Row::attributes));
    }

    /** Stores all attributes of a version; replaces those of other versions of the key. */
    public void put(ObjectInfo version, PosixAttributes attributes) {
        put(version.key(), version.version(), attributes);
    }

    /** Stores all attributes of a directory, identified by its marker. */
    public void putDirectory(ObjectKey marker, PosixAttributes attributes) {
        put(marker, AttributeTable.DIRECTORY, attributes);
    }

    private void put(ObjectKey key, String version, PosixAttributes attributes) {
        int _ = database.inTransaction(handle -> handle.createUpdate("INSERT INTO posix_attributes"
                        + " (bucket, key, version, mode, owner, grp)"
                        + " VALUES (:bucket, :key, :version, :mode, :owner, :group)"
                        + " ON CONFLICT (bucket, key) DO UPDATE"
                        + " SET version = :version, mode = :mode, owner = :owner, grp = :group")
                .bind("bucket", key.bucket())
                .bind("key", key.key())
                .bind("version", version)
                .bind("mode", attributes.mode())
                .bind("owner", attributes.owner())
                .bind("group", attributes.group())
                .execute());
    }

    /** Stores the attributes of directories for their copies, too; by the marker of the original. */
    public void copyDirectories(Map<ObjectKey, ObjectKey> copies) {
        if (!copies.isEmpty()) {
            int[] _ = database.inTransaction(handle -> {
                var batch = handle.prepareBatch(AttributeTable.COPY_POSIX);
                copies.forEach((from, to) ->
                        AttributeTable.bindCopy(batch, from, AttributeTable.DIRECTORY, to, AttributeTable.DIRECTORY));
                return batch.execute();
            });
        }
    }
}
