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

/**
 * The times that clients have set, and the digests of whole files that were computed. A row holds for one version of an
 * object: once the object is replaced, by whomever, the row is as good as gone. Losing a row loses nothing but the time,
 * or the work of reading the object again.
 */
public final class AttributeTable {
    private static final int KEYS_PER_QUERY = 500;

    /** The version of a directory, which is not one object. */
    private static final String DIRECTORY = "directory";

    private static final String MODIFIED = "SELECT version, modified FROM attributes WHERE bucket = ? AND key = ?";

    private static final String ANYTHING = "SELECT 1 FROM attributes WHERE bucket = ? AND key = ?"
            + " UNION ALL SELECT 1 FROM digests WHERE bucket = ? AND key = ?";

    private final StateDatabase database;

    /** What was set of a version. */
    private record Kept(String version, Instant modified) {}

    public AttributeTable(StateDatabase database) {
        this.database = database;
    }

    StateDatabase database() {
        return database;
    }

    /** The time that was set for this version. */
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
     * The times that were set for these versions.
     *
     * @param versions of one bucket; any number
     * @return only those that have one
     */
    public Map<ObjectKey, Instant> modified(Collection<ObjectInfo> versions) {
        Map<ObjectKey, String> wanted = new HashMap<>();
        for (ObjectInfo version : versions) {
            wanted.put(version.key(), version.version());
        }
        return find(wanted);
    }

    /** The times that were set for these directories, named by their markers. */
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

    /** Keeps the time of a version, instead of any that was kept of the key before. */
    public void put(ObjectInfo version, Instant modified) {
        put(Map.of(version, modified));
    }

    /** Keeps the times of versions, instead of any that were kept of their keys before: of all, or of none. */
    public void put(Map<ObjectInfo, Instant> times) {
        put(times, ObjectInfo::key, ObjectInfo::version);
    }

    /** Keeps the time of a directory, named by its marker. */
    public void putDirectory(ObjectKey marker, Instant modified) {
        putDirectories(Map.of(marker, modified));
    }

    /** Keeps the times of directories, named by their markers: of all, or of none. */
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

    /** Rows are locked in one order, so that two gateways never wait for each other. */
    private static <T> List<T> inOrder(Collection<T> rows, Function<T, ObjectKey> key) {
        return rows.stream()
                .sorted(Comparator.comparing(key.andThen(ObjectKey::bucket)).thenComparing(key.andThen(ObjectKey::key)))
                .toList();
    }

    /** The digest of a version. */
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

    /** Keeps digests of a version, instead of those of the same kinds that were kept of the key before. */
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
     * Keeps of copies the digests that are kept of what was copied.
     *
     * @param copies by what was copied, any number
     */
    public void copyDigests(Map<ObjectInfo, ObjectInfo> copies) {
        if (copies.isEmpty()) {
            return;
        }
        database.inTransaction(handle -> {
            var batch = handle.prepareBatch("INSERT INTO digests (bucket, key, version, algorithm, digest)"
                    + " SELECT :toBucket, :toKey, :toVersion, algorithm, digest FROM digests"
                    + " WHERE bucket = :bucket AND key = :key AND version = :version"
                    + " ON CONFLICT (bucket, key, algorithm) DO UPDATE"
                    + " SET digest = excluded.digest, version = excluded.version");
            for (Map.Entry<ObjectInfo, ObjectInfo> copy :
                    inOrder(copies.entrySet(), entry -> entry.getValue().key())) {
                ObjectInfo from = copy.getKey();
                ObjectInfo to = copy.getValue();
                batch.bind("toBucket", to.key().bucket())
                        .bind("toKey", to.key().key())
                        .bind("toVersion", to.version())
                        .bind("bucket", from.key().bucket())
                        .bind("key", from.key().key())
                        .bind("version", from.version())
                        .add();
            }
            return batch.execute();
        });
    }

    /** Forgets what is kept of these keys. */
    public void remove(Collection<ObjectKey> keys) {
        // Of most files nothing is kept, and writers of SQLite wait for each other.
        if (keys.isEmpty()
                || (keys.size() == 1 && !isAnythingKept(keys.iterator().next()))) {
            return;
        }
        database.inTransaction(handle -> {
            for (String table : List.of("attributes", "digests")) {
                var batch = handle.prepareBatch("DELETE FROM " + table + " WHERE bucket = :bucket AND key = :key");
                for (ObjectKey key : inOrder(keys, Function.identity())) {
                    batch.bind("bucket", key.bucket()).bind("key", key.key()).add();
                }
                batch.execute();
            }
            return keys;
        });
    }

    private boolean isAnythingKept(ObjectKey key) {
        return database.first(ANYTHING, List.of(key.bucket(), key.key(), key.bucket(), key.key()), row -> row.getInt(1))
                .isPresent();
    }
}
