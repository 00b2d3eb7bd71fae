package dev.slipway.core.state;

import dev.slipway.core.archive.Archive;
import dev.slipway.core.archive.ArchiveMember;
import dev.slipway.core.archive.ArchivedObject;
import dev.slipway.core.archive.ArchivedObjects;
import dev.slipway.core.archive.ArchivedPage;
import dev.slipway.core.store.ObjectInfo;
import dev.slipway.core.store.ObjectKey;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.statement.PreparedBatch;
import org.jdbi.v3.core.statement.Query;
import org.jspecify.annotations.Nullable;

/** Archives and their members in the state database. All calls block for it. Thread-safe. */
public final class ArchiveTable implements ArchivedObjects {
    private static final int ROWS_AT_ONCE = 500;

    /** Rows of a query that folds keys: one folder may have all of them. */
    private static final int FEWEST_ROWS = 16;

    private static final String ARCHIVE = "a.id, a.name, a.bucket AS archive_bucket, a.archive_key, a.etag, a.format,"
            + " a.members, a.bytes, a.created";

    private static final String MEMBER = "m.archive, m.position, m.bucket, m.object_key, m.version, m.byte_offset,"
            + " m.byte_length, m.content_offset, m.size, m.modified, m.sha256";

    private static final String OBJECTS =
            "SELECT " + ARCHIVE + ", " + MEMBER + " FROM archive_members m JOIN archives a ON a.id = m.archive WHERE ";

    private static final String SHOWN = OBJECTS + "m.bucket = ? AND m.object_key = ? AND m.hidden = FALSE";

    private static final String ANY = "SELECT 1 FROM archive_members WHERE bucket = ? AND hidden = FALSE LIMIT 1";

    private final StateDatabase database;

    /** Buckets with archived objects. Others are looked up each time, since another gateway may archive objects. */
    private final Set<String> buckets = ConcurrentHashMap.newKeySet();

    public ArchiveTable(StateDatabase database) {
        this.database = database;
    }

    /**
     * Records an archive, and shows its members at their keys; they replace those of earlier archives. To be called
     * once the store has confirmed the archive and its members have been verified.
     *
     * @param handle of the transaction that this is a part of
     * @param members in the order in which they are in the archive, read once
     * @return whether it was recorded now; if it was already, nothing changes
     */
    public boolean insert(Handle handle, Archive archive, Iterable<ArchiveMember> members) {
        int inserted = handle.createUpdate("INSERT INTO archives (id, name, bucket, archive_key, etag, format, members,"
                        + " bytes, created, state) VALUES (:id, :name, :bucket, :key, :etag, :format, :members, :bytes,"
                        + " :created, 'COMPLETE') ON CONFLICT (id) DO NOTHING")
                .bind("id", archive.id().toString())
                .bind("name", archive.name())
                .bind("bucket", archive.key().bucket())
                .bind("key", archive.key().key())
                .bind("etag", archive.etag())
                .bind("format", archive.format().name())
                .bind("members", archive.members())
                .bind("bytes", archive.bytes())
                .bind("created", archive.created().toEpochMilli())
                .execute();
        if (inserted == 0) {
            return false;
        }
        int position = 0;
        List<ArchiveMember> some = new ArrayList<>();
        for (Iterator<ArchiveMember> rest = members.iterator(); rest.hasNext(); ) {
            some.add(rest.next());
            if (some.size() == ROWS_AT_ONCE || !rest.hasNext()) {
                insert(handle, archive.id(), position, some);
                position += some.size();
                some.clear();
            }
        }
        return true;
    }

    private static void insert(Handle handle, UUID archive, int first, List<ArchiveMember> members) {
        Map<ObjectKey, Integer> newest = new HashMap<>();
        for (int i = 0; i < members.size(); i++) {
            newest.put(members.get(i).key(), i);
        }
        hide(handle, newest.keySet());
        PreparedBatch batch = handle.prepareBatch("INSERT INTO archive_members (archive, position, bucket, object_key,"
                + " version, byte_offset, byte_length, content_offset, size, modified, sha256, hidden)"
                + " VALUES (:archive, :position, :bucket, :key, :version, :offset, :length, :contentOffset, :size,"
                + " :modified, :sha256, :hidden)");
        for (int i = 0; i < members.size(); i++) {
            ArchiveMember member = members.get(i);
            batch.bind("archive", archive.toString())
                    .bind("position", first + i)
                    .bind("bucket", member.key().bucket())
                    .bind("key", member.key().key())
                    .bind("version", member.version())
                    .bind("offset", member.offset())
                    .bind("length", member.length())
                    .bind("contentOffset", member.contentOffset())
                    .bind("size", member.size())
                    .bind("modified", member.modified().toEpochMilli())
                    .bind("sha256", member.sha256())
                    .bind("hidden", newest.getOrDefault(member.key(), i) != i)
                    .add();
        }
        batch.execute();
    }

    /** Lists archives, the oldest first. */
    public List<Archive> archives(@Nullable Archive after, int limit) {
        return database.read(handle -> handle.createQuery("SELECT " + ARCHIVE + " FROM archives a"
                        + " WHERE a.created > :created OR (a.created = :created AND a.id > :id)"
                        + " ORDER BY a.created, a.id LIMIT :limit")
                .bind(
                        "created",
                        after == null ? Long.MIN_VALUE : after.created().toEpochMilli())
                .bind("id", after == null ? "" : after.id().toString())
                .bind("limit", limit)
                .map((row, _) -> archive(row))
                .list());
    }

    /** Returns an archive. */
    public Optional<Archive> archive(UUID id) {
        return database.first(
                "SELECT " + ARCHIVE + " FROM archives a WHERE a.id = ?", List.of(id.toString()), ArchiveTable::archive);
    }

    /**
     * Returns those of some ids that are ids of archives.
     *
     * @param ids any number
     */
    public Set<UUID> known(Collection<UUID> ids) {
        List<String> wanted = ids.stream().map(UUID::toString).toList();
        Set<UUID> known = new HashSet<>();
        database.read(handle -> {
            for (int from = 0; from < wanted.size(); from += ROWS_AT_ONCE) {
                handle.createQuery("SELECT id FROM archives WHERE id IN (<ids>)")
                        .bindList("ids", wanted.subList(from, Math.min(wanted.size(), from + ROWS_AT_ONCE)))
                        .mapTo(String.class)
                        .forEach(id -> known.add(UUID.fromString(id)));
            }
            return known.size();
        });
        return known;
    }

    /**
     * Lists members of an archive, hidden ones too, in their order.
     *
     * @param after a position; -1 to begin with the first
     */
    public List<ArchivedObject> members(UUID archive, int after, int limit) {
        return database.read(handle -> handle.createQuery(
                        OBJECTS + "m.archive = :archive AND m.position > :after" + " ORDER BY m.position LIMIT :limit")
                .bind("archive", archive.toString())
                .bind("after", after)
                .bind("limit", limit)
                .map((row, _) -> object(row))
                .list());
    }

    /** Returns all archived objects of a key, hidden ones too, the newest first. */
    public List<ArchivedObject> all(ObjectKey key, int limit) {
        return database.read(handle -> handle.createQuery(OBJECTS
                        + "m.bucket = :bucket AND m.object_key = :key ORDER BY a.created DESC, a.id DESC LIMIT :limit")
                .bind("bucket", key.bucket())
                .bind("key", key.key())
                .bind("limit", limit)
                .map((row, _) -> object(row))
                .list());
    }

    /**
     * Returns the versions that were archived, of those keys whose archived objects are not hidden.
     *
     * @param keys any number, of one bucket
     */
    public Map<ObjectKey, String> shownVersions(List<ObjectKey> keys) {
        Map<ObjectKey, String> versions = new HashMap<>();
        if (keys.isEmpty()) {
            return versions;
        }
        String bucket = keys.getFirst().bucket();
        database.read(handle -> {
            for (int from = 0; from < keys.size(); from += ROWS_AT_ONCE) {
                handle.createQuery("SELECT object_key, version FROM archive_members"
                                + " WHERE bucket = :bucket AND hidden = FALSE AND object_key IN (<keys>)")
                        .bind("bucket", bucket)
                        .bindList(
                                "keys",
                                keys.subList(from, Math.min(keys.size(), from + ROWS_AT_ONCE)).stream()
                                        .map(ObjectKey::key)
                                        .toList())
                        .map((row, _) -> Map.entry(new ObjectKey(bucket, row.getString(1)), row.getString(2)))
                        .forEach(entry -> versions.put(entry.getKey(), entry.getValue()));
            }
            return versions.size();
        });
        return versions;
    }

    /**
     * Returns the keys of those versions that are in an archive, hidden ones too.
     *
     * @param versions any number, of one bucket, each with another key
     */
    public Set<ObjectKey> archived(List<ObjectInfo> versions) {
        Set<ObjectKey> archived = new HashSet<>();
        if (versions.isEmpty()) {
            return archived;
        }
        String bucket = versions.getFirst().key().bucket();
        Map<String, String> wanted = versions.stream()
                .collect(Collectors.toMap(version -> version.key().key(), ObjectInfo::version));
        List<String> keys = List.copyOf(wanted.keySet());
        database.read(handle -> {
            for (int from = 0; from < keys.size(); from += ROWS_AT_ONCE) {
                handle
                        .createQuery("SELECT object_key, version FROM archive_members"
                                + " WHERE bucket = :bucket AND object_key IN (<keys>)")
                        .bind("bucket", bucket)
                        .bindList("keys", keys.subList(from, Math.min(keys.size(), from + ROWS_AT_ONCE)))
                        .map((row, _) -> Map.entry(row.getString(1), row.getString(2)))
                        .stream()
                        .filter(row -> row.getValue().equals(wanted.get(row.getKey())))
                        .forEach(row -> archived.add(new ObjectKey(bucket, row.getKey())));
            }
            return archived.size();
        });
        return archived;
    }

    /**
     * Finds archived objects by their keys, hidden ones too. Reads all rows of the table if the pattern begins with a
     * wildcard.
     *
     * @param pattern has {@code *} and {@code ?} for any characters
     */
    public List<ArchivedObject> search(String pattern, int limit) {
        String like = pattern.replace("\\", "\\\\")
                .replace("%", "\\%")
                .replace("_", "\\_")
                .replace('*', '%')
                .replace('?', '_');
        return database.read(handle -> handle.createQuery(OBJECTS
                        + "m.object_key LIKE :pattern ESCAPE :escape"
                        + " ORDER BY m.object_key, m.bucket, a.created DESC, a.id LIMIT :limit")
                .bind("pattern", like)
                .bind("escape", "\\")
                .bind("limit", limit)
                .map((row, _) -> object(row))
                .list());
    }

    @Override
    public boolean anyIn(String bucket) {
        if (buckets.contains(bucket)) {
            return true;
        }
        if (database.first(ANY, List.of(bucket), row -> row.getInt(1)).isEmpty()) {
            return false;
        }
        buckets.add(bucket);
        return true;
    }

    @Override
    public Optional<ArchivedObject> find(ObjectKey key) {
        return database.first(SHOWN, List.of(key.bucket(), key.key()), ArchiveTable::object);
    }

    @Override
    public Optional<ArchivedObject> find(ObjectInfo version) {
        return ArchivedObject.place(version)
                .flatMap(place -> database.read(
                        handle -> handle.createQuery(OBJECTS + "m.archive = :archive AND m.position = :position")
                                .bind("archive", place.archive().toString())
                                .bind("position", place.position())
                                .map((row, _) -> object(row))
                                .findOne()));
    }

    /** If keys are folded, the keys of a common prefix are skipped, which an index makes quick. */
    @Override
    public ArchivedPage list(String bucket, String prefix, boolean delimited, @Nullable String after, int limit) {
        return database.read(handle -> {
            Folding found = new Folding(prefix, delimited, limit + 1);
            found.begin(after);
            int rows = delimited ? FEWEST_ROWS : limit + 1;
            while (!found.isComplete()) {
                List<Listed> next = rows(handle, bucket, found, rows);
                int skipped = 0;
                for (Listed row : next) {
                    skipped += found.add(row) ? 0 : 1;
                }
                if (next.size() < rows) {
                    break;
                }
                rows = skipped > rows / 2 ? FEWEST_ROWS : Math.min(2 * rows, limit + 1);
            }
            return found.page(limit);
        });
    }

    private static List<Listed> rows(Handle handle, String bucket, Folding from, int limit) {
        Query query = handle.createQuery("SELECT m.archive, m.position, m.bucket, m.object_key, m.version,"
                        + " m.byte_offset, m.byte_length, m.content_offset, m.size, m.modified, m.sha256"
                        + " FROM archive_members m WHERE m.bucket = :bucket AND m.hidden = FALSE AND m.object_key "
                        + (from.isInclusive() ? ">=" : ">") + " :from ORDER BY m.object_key LIMIT :limit")
                .bind("bucket", bucket)
                .bind("from", from.position())
                .bind("limit", limit);
        return query.map((row, _) -> new Listed(
                        row.getString("object_key"),
                        ArchivedObject.info(
                                UUID.fromString(row.getString("archive")), row.getInt("position"), member(row))))
                .list();
    }

    private record Listed(String key, ObjectInfo info) {}

    /** Collects the entries of a page. */
    private static final class Folding {
        private final String prefix;
        private final boolean delimited;
        private final int most;
        private final List<ObjectInfo> objects = new ArrayList<>();
        private final List<String> prefixes = new ArrayList<>();
        private String position;
        private boolean inclusive = true;
        private boolean complete;
        private boolean lastIsPrefix;

        Folding(String prefix, boolean delimited, int most) {
            this.prefix = prefix;
            this.delimited = delimited;
            this.most = most;
            this.position = prefix;
        }

        void begin(@Nullable String after) {
            if (after != null && after.startsWith(prefix)) {
                int slash = delimited ? after.indexOf('/', prefix.length()) : -1;
                if (slash >= 0 && slash == after.length() - 1) {
                    skip(after);
                } else {
                    position = after;
                    inclusive = false;
                }
            }
        }

        /** Continues with the keys that follow all with a common prefix. A zero follows a slash in ASCII. */
        private void skip(String common) {
            position = common.substring(0, common.length() - 1) + '0';
            inclusive = true;
        }

        String position() {
            return position;
        }

        boolean isInclusive() {
            return inclusive;
        }

        boolean isComplete() {
            return complete || objects.size() + prefixes.size() >= most;
        }

        /** Returns false if the row is another one of a common prefix. */
        boolean add(Listed row) {
            String key = row.key();
            if (isComplete()) {
                return true;
            }
            if (!key.startsWith(prefix)) {
                complete = true;
                return true;
            }
            int slash = delimited ? key.indexOf('/', prefix.length()) : -1;
            if (slash < 0) {
                objects.add(row.info());
                position = key;
                inclusive = false;
                lastIsPrefix = false;
                return true;
            }
            String common = key.substring(0, slash + 1);
            if (!prefixes.isEmpty() && prefixes.getLast().equals(common)) {
                return false;
            }
            prefixes.add(common);
            skip(common);
            lastIsPrefix = true;
            return true;
        }

        /** Drops the last entry if there is one too many. */
        ArchivedPage page(int limit) {
            boolean hasMore = objects.size() + prefixes.size() > limit;
            if (hasMore) {
                (lastIsPrefix ? prefixes : objects).removeLast();
            }
            return new ArchivedPage(objects, prefixes, hasMore);
        }
    }

    @Override
    public void hide(Collection<ObjectKey> keys) {
        if (!keys.isEmpty()) {
            int _ = database.inTransaction(handle -> hide(handle, keys));
        }
    }

    /** All gateways change rows in the same order, so that they cannot deadlock. */
    private static int hide(Handle handle, Collection<ObjectKey> keys) {
        PreparedBatch batch = handle.prepareBatch("UPDATE archive_members SET hidden = TRUE"
                + " WHERE bucket = :bucket AND object_key = :key AND hidden = FALSE");
        for (ObjectKey key : inOrder(keys)) {
            batch.bind("bucket", key.bucket()).bind("key", key.key()).add();
        }
        return batch.execute().length;
    }

    @Override
    public void hideUnchanged(Collection<ObjectInfo> versions) {
        Map<ObjectKey, ArchivedObject.Place> places = new HashMap<>();
        for (ObjectInfo version : versions) {
            ArchivedObject.place(version).ifPresent(place -> places.put(version.key(), place));
        }
        if (places.isEmpty()) {
            return;
        }
        database.inTransaction(handle -> {
            PreparedBatch batch = handle.prepareBatch("UPDATE archive_members SET hidden = TRUE"
                    + " WHERE archive = :archive AND position = :position AND hidden = FALSE");
            for (ObjectKey key : inOrder(places.keySet())) {
                ArchivedObject.Place place = Objects.requireNonNull(places.get(key));
                batch.bind("archive", place.archive().toString())
                        .bind("position", place.position())
                        .add();
            }
            return batch.execute();
        });
    }

    private static List<ObjectKey> inOrder(Collection<ObjectKey> keys) {
        return keys.stream()
                .sorted(Comparator.comparing(ObjectKey::bucket).thenComparing(ObjectKey::key))
                .collect(Collectors.toList());
    }

    private static ArchivedObject object(ResultSet row) throws SQLException {
        return new ArchivedObject(archive(row), row.getInt("position"), member(row));
    }

    private static Archive archive(ResultSet row) throws SQLException {
        return new Archive(
                UUID.fromString(row.getString("id")),
                row.getString("name"),
                new ObjectKey(row.getString("archive_bucket"), row.getString("archive_key")),
                row.getString("etag"),
                Archive.Format.valueOf(row.getString("format")),
                row.getLong("members"),
                row.getLong("bytes"),
                Instant.ofEpochMilli(row.getLong("created")));
    }

    private static ArchiveMember member(ResultSet row) throws SQLException {
        return new ArchiveMember(
                new ObjectKey(row.getString("bucket"), row.getString("object_key")),
                row.getString("version"),
                row.getLong("byte_offset"),
                row.getLong("byte_length"),
                row.getLong("content_offset"),
                row.getLong("size"),
                Instant.ofEpochMilli(row.getLong("modified")),
                row.getString("sha256"));
    }
}
