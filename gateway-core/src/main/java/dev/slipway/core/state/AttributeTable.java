package dev.slipway.core.state;

import dev.slipway.core.DigestAlgorithm;
import dev.slipway.core.store.ObjectInfo;
import dev.slipway.core.store.ObjectKey;
import java.time.Instant;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import org.jdbi.v3.core.statement.PreparedBatch;

/**
 * The times that clients set, and computed digests of whole files. A row applies to one version of an object: it
 * becomes meaningless once anybody replaces the object. Losing a row costs only the time, or the work of reading the
 * object again.
 */
public final class AttributeTable {
    private static final int KEYS_PER_QUERY = 500;

    /** Used as the version of a directory, which is not a single object. */
    static final String DIRECTORY = "directory";

    /** Gives a copy the mode, owner and group of its original, if any were set. */
    static final String COPY_POSIX = "INSERT INTO posix_attributes (bucket, key, version, mode, owner, grp)"
            + " SELECT :toBucket, :toKey, :toVersion, mode, owner, grp FROM posix_attributes"
            + " WHERE bucket = :bucket AND key = :key AND version = :version"
            + " ON CONFLICT (bucket, key) DO UPDATE SET version = excluded.version, mode = excluded.mode,"
            + " owner = excluded.owner, grp = excluded.grp";

    private static final String MODIFIED = "SELECT version, modified FROM attributes WHERE bucket = ? AND key = ?";

    private static final String ANYTHING = "SELECT 1 FROM attributes WHERE bucket = ? AND key = ?"
            + " UNION ALL SELECT 1 FROM digests WHERE bucket = ? AND key = ?"
            + " UNION ALL SELECT 1 FROM posix_attributes WHERE bucket = ? AND key = ?";

    private final StateDatabase database;

    /** A stored time, and the version to which it belongs. */
    private record Kept(String version, Instant modified) {}

    public AttributeTable(StateDatabase database) {
        this.database = database;
    }

    StateDatabase database() {
        return database;
    }

    /** Returns the time that was set for this version. */
    public Optional<Instant> modified(ObjectInfo version) {
        ObjectKey key = version.key();
        return database.first(
                        MODIFIED,
                        List.of(key.bucket(), key.key()),
                        row -> new Kept(row.getString(1), Instant.ofEpochSecond(row.getLong(2))))
                .filter(kept -> kept.version().equals(version.version()))
                .map(Kept::modified);
    }

    /**
     * Returns the times that were set for these versions.
     *
     * @param versions any number, of one bucket
     * @return only versions with a time
     */
    public Map<ObjectKey, Instant> modified(Collection<ObjectInfo> versions) {
        Map<ObjectKey, String> wanted = new HashMap<>();
        for (ObjectInfo version : versions) {
            wanted.put(version.key(), version.version());
        }
        return find(wanted);
    }

    /** Returns the times that were set for these directories, identified by their markers. */
    public Map<ObjectKey, Instant> modifiedDirectories(Collection<ObjectKey> markers) {
        Map<ObjectKey, String> wanted = new HashMap<>();
        for (ObjectKey marker : markers) {
            wanted.put(marker, DIRECTORY);
        }
        return find(wanted);
    }

    private Map<ObjectKey, Instant> find(Map<ObjectKey, String> wanted) {
        if (wanted.isEmpty()) {
            return Map.of();
        }
        String bucket = wanted.keySet().iterator().next().bucket();
        List<String> keys = wanted.keySet().stream().map(ObjectKey::key).toList();
        return database.read(handle -> {
            Map<ObjectKey, Instant> found = new HashMap<>();
            for (int from = 0; from < keys.size(); from += KEYS_PER_QUERY) {
                handle.createQuery(
                                "SELECT key, version, modified FROM attributes WHERE bucket = :bucket AND key IN (<keys>)")
                        .bind("bucket", bucket)
                        .bindList("keys", keys.subList(from, Math.min(keys.size(), from + KEYS_PER_QUERY)))
                        .map((row, context) -> {
                            ObjectKey key = new ObjectKey(bucket, row.getString(1));
                            if (row.getString(2).equals(wanted.get(key))) {
                                found.put(key, Instant.ofEpochSecond(row.getLong(3)));
                            }
                            return key;
                        })
                        .list();
            }
            return found;
        });
    }

    /** Stores the time of a version; replaces any time of the same key. */
    public void put(ObjectInfo version, Instant modified) {
        put(Map.of(version, modified));
    }

    /** Stores the times of versions, all or none; replaces any times of the same keys. */
    public void put(Map<ObjectInfo, Instant> times) {
        put(times, ObjectInfo::key, ObjectInfo::version);
    }

    /** Stores the time of a directory, identified by its marker. */
    public void putDirectory(ObjectKey marker, Instant modified) {
        putDirectories(Map.of(marker, modified));
    }

    /** Stores the times of directories, identified by their markers, all or none. */
    public void putDirectories(Map<ObjectKey, Instant> times) {
        put(times, marker -> marker, _ -> DIRECTORY);
    }

    private <T> void put(Map<T, Instant> times, Function<T, ObjectKey> key, Function<T, String> version) {
        if (times.isEmpty()) {
            return;
        }
        database.inTransaction(handle -> {
            var batch = handle.prepareBatch("INSERT INTO attributes (bucket, key, version, modified)"
                    + " VALUES (:bucket, :key, :version, :modified)"
                    + " ON CONFLICT (bucket, key) DO UPDATE SET version = :version, modified = :modified");
            for (Map.Entry<T, Instant> time : inOrder(times.entrySet(), entry -> key.apply(entry.getKey()))) {
                T of = time.getKey();
                batch.bind("bucket", key.apply(of).bucket())
                        .bind("key", key.apply(of).key())
                        .bind("version", version.apply(of))
                        .bind("modified", time.getValue().getEpochSecond())
                        .add();
            }
            return batch.execute();
        });
    }

    /** All gateways lock rows in the same order, so that they cannot deadlock. */
    private static <T> List<T> inOrder(Collection<T> rows, Function<T, ObjectKey> key) {
        return rows.stream()
                .sorted(Comparator.comparing(key.andThen(ObjectKey::bucket)).thenComparing(key.andThen(ObjectKey::key)))
                .toList();
    }

    /** Returns the digest of a version. */
    public Optional<byte[]> digest(ObjectInfo version, DigestAlgorithm algorithm) {
        return database.read(
                handle -> handle.createQuery("SELECT digest FROM digests WHERE bucket = :bucket AND key = :key"
                                + " AND version = :version AND algorithm = :algorithm")
                        .bind("bucket", version.key().bucket())
                        .bind("key", version.key().key())
                        .bind("version", version.version())
                        .bind("algorithm", algorithm.name())
                        .mapTo(String.class)
                        .findOne()
                        .map(HexFormat.of()::parseHex));
    }

    /** Stores digests of a version; replaces digests of the same algorithms for the same key. */
    public void putDigests(ObjectInfo version, Map<DigestAlgorithm, byte[]> digests) {
        database.inTransaction(handle -> {
            var batch = handle.prepareBatch("INSERT INTO digests (bucket, key, version, algorithm, digest)"
                    + " VALUES (:bucket, :key, :version, :algorithm, :digest)"
                    + " ON CONFLICT (bucket, key, algorithm) DO UPDATE SET digest = :digest, version = :version");
            digests.forEach(
                    (algorithm, digest) -> batch.bind("bucket", version.key().bucket())
                            .bind("key", version.key().key())
                            .bind("version", version.version())
                            .bind("algorithm", algorithm.name())
                            .bind("digest", HexFormat.of().formatHex(digest))
                            .add());
            return batch.execute();
        });
    }

    /**
     * Stores the digests, modes, owners and groups of copied objects for their copies, too. What the copies have replaced
     * keeps no mode, owner or group.
     *
     * @param copies any number, by the object that was copied
     */
    public void copyOthers(Map<ObjectInfo, ObjectInfo> copies) {
        if (copies.isEmpty()) {
            return;
        }
        List<Map.Entry<ObjectInfo, ObjectInfo>> ordered =
                inOrder(copies.entrySet(), entry -> entry.getValue().key());
        database.inTransaction(handle -> {
            copy(
                    handle.prepareBatch("INSERT INTO digests (bucket, key, version, algorithm, digest)"
                            + " SELECT :toBucket, :toKey, :toVersion, algorithm, digest FROM digests"
                            + " WHERE bucket = :bucket AND key = :key AND version = :version"
                            + " ON CONFLICT (bucket, key, algorithm) DO UPDATE"
                            + " SET digest = excluded.digest, version = excluded.version"),
                    ordered);
            removeReplaced(
                    handle.prepareBatch("DELETE FROM posix_attributes WHERE bucket = :bucket AND key = :key"), ordered);
            copy(handle.prepareBatch(COPY_POSIX), ordered);
            return copies;
        });
    }

    private static void copy(PreparedBatch batch, List<Map.Entry<ObjectInfo, ObjectInfo>> copies) {
        for (Map.Entry<ObjectInfo, ObjectInfo> copy : copies) {
            ObjectInfo from = copy.getKey();
            ObjectInfo to = copy.getValue();
            bindCopy(batch, from.key(), from.version(), to.key(), to.version());
        }
        int[] _ = batch.execute();
    }

    /** An object that came out of an archive replaces nothing, and may have the key of the archived one. */
    private static void removeReplaced(PreparedBatch batch, List<Map.Entry<ObjectInfo, ObjectInfo>> copies) {
        for (Map.Entry<ObjectInfo, ObjectInfo> copy : copies) {
            ObjectKey to = copy.getValue().key();
            if (!to.equals(copy.getKey().key())) {
                batch.bind("bucket", to.bucket()).bind("key", to.key()).add();
            }
        }
        int[] _ = batch.execute();
    }

    static void bindCopy(PreparedBatch batch, ObjectKey from, String version, ObjectKey to, String toVersion) {
        batch.bind("toBucket", to.bucket())
                .bind("toKey", to.key())
                .bind("toVersion", toVersion)
                .bind("bucket", from.bucket())
                .bind("key", from.key())
                .bind("version", version)
                .add();
    }

    /** Removes everything stored for these keys. */
    public void remove(Collection<ObjectKey> keys) {
        // Checked first, since most files have no rows, and writers of SQLite wait for each other.
        if (keys.isEmpty()
                || (keys.size() == 1 && !isAnythingKept(keys.iterator().next()))) {
            return;
        }
        database.inTransaction(handle -> {
            for (String table : List.of("attributes", "digests", "posix_attributes")) {
                var batch = handle.prepareBatch("DELETE FROM " + table + " WHERE bucket = :bucket AND key = :key");
                for (ObjectKey key : inOrder(keys, Function.identity())) {
                    batch.bind("bucket", key.bucket()).bind("key", key.key()).add();
                }
                batch.execute();
            }
            return keys;
        });
    }

    /** Whether anything is stored for a key, whatever its version. */
    public boolean isAnythingKept(ObjectKey key) {
        String bucket = key.bucket();
        String name = key.key();
        return database.first(ANYTHING, List.of(bucket, name, bucket, name, bucket, name), row -> row.getInt(1))
                .isPresent();
    }
}
