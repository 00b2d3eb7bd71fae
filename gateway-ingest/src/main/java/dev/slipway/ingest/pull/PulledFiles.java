package dev.slipway.ingest.pull;

import dev.slipway.core.state.StateDatabase;
import dev.slipway.ingest.target.TargetSettings;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jdbi.v3.core.Handle;
import org.jspecify.annotations.Nullable;

/**
 * What is known of the files of one pull: those that were delivered, and what runs have seen of the others. If the pull gets
 * another source or target, nothing is known. All calls block for the database. Thread-safe.
 */
final class PulledFiles {
    private static final String DELIVERED = "SELECT path, size, modified, target, confirmed FROM pull_files";
    private static final String OF_PATHS = " WHERE place = :place AND path IN (<paths>)";

    private static final String OF_TARGETS = " WHERE place = :place AND folder = :folder AND target IN (<targets>)";

    private final StateDatabase database;
    private final String place;

    /**
     * A delivered file.
     *
     * @param confirmed the last full run that has found it in the store
     */
    record Delivered(SourceFile file, String target, String confirmed) {}

    /** A folder of the target, ending with a slash, and how many files were delivered into it. */
    record Folder(String path, long files) {}

    /**
     * What a run has seen of a file.
     *
     * @param at when
     * @param target the path of an upload of this version that was begun; null if there is none
     */
    record Look(SourceFile file, Instant at, @Nullable String target) {}

    PulledFiles(StateDatabase database, PullSettings pull) {
        this.database = database;
        this.place = pull.name() + ":" + digest(pull);
    }

    private static String digest(PullSettings pull) {
        TargetSettings target = pull.target();
        String what = Stream.of(
                        pull.remote(),
                        pull.folder(),
                        target.account(),
                        target.folder(),
                        target.bucket(),
                        target.prefix(),
                        target.key())
                .map(String::valueOf)
                .collect(Collectors.joining("\n"));
        try {
            byte[] digest = MessageDigest.getInstance("SHA-256").digest(what.getBytes(StandardCharsets.UTF_8));
            return HexFormat.of().formatHex(digest, 0, 8);
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError("every Java has SHA-256", e);
        }
    }

    /** Those of some files that were delivered, by path. */
    Map<String, Delivered> delivered(Collection<SourceFile> files) {
        if (files.isEmpty()) {
            return Map.of();
        }
        Map<String, Delivered> found = new HashMap<>();
        database.read(handle -> handle.createQuery(DELIVERED + OF_PATHS)
                        .bind("place", place)
                        .bindList("paths", paths(files))
                        .map((row, _) -> delivered(row))
                        .list())
                .forEach(one -> found.put(one.file().path(), one));
        return found;
    }

    private static Delivered delivered(ResultSet row) throws SQLException {
        return new Delivered(file(row), row.getString("target"), row.getString("confirmed"));
    }

    private static SourceFile file(ResultSet row) throws SQLException {
        return new SourceFile(row.getString("path"), row.getLong("size"), row.getLong("modified"));
    }

    /** Delivered files that a full run has not found at the source; in order of their paths, after one of them. */
    List<Delivered> notSeen(String run, String after, int limit) {
        return database.read(handle -> handle.createQuery(DELIVERED
                        + " WHERE place = :place AND seen <> :run AND path > :after ORDER BY path LIMIT :limit")
                .bind("place", place)
                .bind("run", run)
                .bind("after", after)
                .bind("limit", limit)
                .map((row, _) -> delivered(row))
                .list());
    }

    private static List<String> paths(Collection<SourceFile> files) {
        List<String> paths = new ArrayList<>();
        files.forEach(file -> paths.add(file.path()));
        return paths;
    }

    /** Notes that a full run has found some files at the source. */
    void seen(String run, Collection<SourceFile> files) {
        if (!files.isEmpty()) {
            int _ = database.inTransaction(handle -> handle.createUpdate("UPDATE pull_files SET seen = :run" + OF_PATHS)
                    .bind("run", run)
                    .bind("place", place)
                    .bindList("paths", paths(files))
                    .execute());
        }
    }

    /** A file was delivered: the store has confirmed it. */
    void delivered(String run, SourceFile file, String target) {
        int _ = database.inTransaction(handle -> {
            forgetLook(handle, file.path());
            return handle.createUpdate("INSERT INTO pull_files (place, path, size, modified, target,"
                            + " folder, seen) VALUES (:place, :path, :size, :modified, :target, :folder, :run)"
                            + " ON CONFLICT (place, path) DO UPDATE SET size = excluded.size,"
                            + " modified = excluded.modified, target = excluded.target, folder = excluded.folder,"
                            + " seen = excluded.seen")
                    .bind("place", place)
                    .bind("path", file.path())
                    .bind("size", file.size())
                    .bind("modified", file.modified())
                    .bind("target", target)
                    .bind("folder", target.substring(0, target.lastIndexOf('/') + 1))
                    .bind("run", run)
                    .execute();
        });
    }

    /** The folders of the target that files were delivered into, in their order, after one of them. */
    List<Folder> folders(String after, int limit) {
        return database.read(handle -> handle.createQuery("SELECT folder, COUNT(*) AS files FROM pull_files"
                        + " WHERE place = :place AND folder > :after GROUP BY folder ORDER BY folder LIMIT :limit")
                .bind("place", place)
                .bind("after", after)
                .bind("limit", limit)
                .map((row, _) -> new Folder(row.getString("folder"), row.getLong("files")))
                .list());
    }

    /**
     * The files that were delivered to some paths of one folder of the target.
     *
     * @param targets some hundred
     */
    List<Delivered> deliveredTo(String folder, Collection<String> targets) {
        return targets.isEmpty()
                ? List.of()
                : database.read(handle -> handle.createQuery(DELIVERED + OF_TARGETS)
                        .bind("place", place)
                        .bind("folder", folder)
                        .bindList("targets", targets)
                        .map((row, _) -> delivered(row))
                        .list());
    }

    /** Notes that a full run has found files in the store, as they were delivered. */
    void confirmed(String run, String folder, Collection<String> targets) {
        if (!targets.isEmpty()) {
            int _ = database.inTransaction(
                    handle -> handle.createUpdate("UPDATE pull_files SET confirmed = :run" + OF_TARGETS)
                            .bind("run", run)
                            .bind("place", place)
                            .bind("folder", folder)
                            .bindList("targets", targets)
                            .execute());
        }
    }

    /** Forgets what was known while the pull had another source or target. */
    void forgetOtherPlaces() {
        int _ = database.inTransaction(handle -> {
            forgetOtherPlaces(handle, "pull_looks");
            return forgetOtherPlaces(handle, "pull_files");
        });
    }

    private int forgetOtherPlaces(Handle handle, String table) {
        String pull = place.substring(0, place.indexOf(':') + 1);
        return handle.createUpdate(
                        "DELETE FROM " + table + " WHERE substr(place, 1, :length) = :pull AND place <> :place")
                .bind("length", pull.length())
                .bind("pull", pull)
                .bind("place", place)
                .execute();
    }

    /** A file is gone from the source, or was removed there by the pull. */
    void forget(String path) {
        int _ = database.inTransaction(
                handle -> handle.createUpdate("DELETE FROM pull_files WHERE place = :place AND path = :path")
                        .bind("place", place)
                        .bind("path", path)
                        .execute());
    }

    /** What the last run has seen of some files, by path. */
    Map<String, Look> looks(Collection<SourceFile> files) {
        if (files.isEmpty()) {
            return Map.of();
        }
        Map<String, Look> looks = new HashMap<>();
        database.read(handle -> handle.createQuery(
                                "SELECT path, size, modified, looked, target FROM pull_looks" + OF_PATHS)
                        .bind("place", place)
                        .bindList("paths", paths(files))
                        .map((row, _) -> new Look(
                                file(row), Instant.ofEpochMilli(row.getLong("looked")), row.getString("target")))
                        .list())
                .forEach(look -> looks.put(look.file().path(), look));
        return looks;
    }

    /**
     * Notes what was seen of a file.
     *
     * @param target the path of the upload that is begun now; null for none
     */
    void look(SourceFile file, Instant now, @Nullable String target) {
        int _ = database.inTransaction(
                handle -> handle.createUpdate("INSERT INTO pull_looks (place, path, size, modified, looked, target)"
                                + " VALUES (:place, :path, :size, :modified, :looked, :target)"
                                + " ON CONFLICT (place, path) DO UPDATE SET size = excluded.size,"
                                + " modified = excluded.modified, looked = excluded.looked, target = excluded.target")
                        .bind("place", place)
                        .bind("path", file.path())
                        .bind("size", file.size())
                        .bind("modified", file.modified())
                        .bind("looked", now.toEpochMilli())
                        .bind("target", target)
                        .execute());
    }

    /** Forgets what was seen of files that are no longer there: everything that was not looked at since then. */
    void forgetLooksBefore(Instant moment) {
        int _ = database.inTransaction(
                handle -> handle.createUpdate("DELETE FROM pull_looks WHERE place = :place AND looked < :moment")
                        .bind("place", place)
                        .bind("moment", moment.toEpochMilli())
                        .execute());
    }

    private void forgetLook(Handle handle, String path) {
        handle.createUpdate("DELETE FROM pull_looks WHERE place = :place AND path = :path")
                .bind("place", place)
                .bind("path", path)
                .execute();
    }
}
