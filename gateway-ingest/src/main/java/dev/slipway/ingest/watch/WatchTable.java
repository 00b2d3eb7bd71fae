package dev.slipway.ingest.watch;

import dev.slipway.core.state.StateDatabase;
import dev.slipway.ingest.watch.WatchedFile.State;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** The watches of all gateways of a database, and their files. All calls block for the database. */
final class WatchTable {
    private static final String FILES =
            "SELECT path, inode, size, modified, state, target, etag, attempts, problem, changed FROM watched_files"
                    + " WHERE watch = :watch";

    private final StateDatabase database;

    WatchTable(StateDatabase database) {
        this.database = database;
    }

    /**
     * Makes this gateway the one that looks at a folder, unless another one that lives does.
     *
     * @return whether this gateway is the one
     */
    boolean claim(String watch) {
        Set<String> live = database.liveRuns();
        return database.inTransaction(handle -> {
            handle.createUpdate("INSERT INTO watches (name, run, paused) VALUES (:name, NULL, FALSE)"
                            + " ON CONFLICT (name) DO NOTHING")
                    .bind("name", watch)
                    .execute();
            return handle.createUpdate("UPDATE watches SET run = :run"
                                    + " WHERE name = :name AND (run IS NULL OR run = :run OR run NOT IN (<live>))")
                            .bind("run", database.run())
                            .bind("name", watch)
                            .bindList("live", live)
                            .execute()
                    > 0;
        });
    }

    /** Lets another gateway look at the folder. */
    void release(String watch) {
        int _ = database.inTransaction(
                handle -> handle.createUpdate("UPDATE watches SET run = NULL WHERE name = :name AND run = :run")
                        .bind("name", watch)
                        .bind("run", database.run())
                        .execute());
    }

    /** The names of the paused watches. */
    Set<String> paused() {
        return database.read(handle -> handle.createQuery("SELECT name FROM watches WHERE paused")
                .mapTo(String.class)
                .set());
    }

    void pause(String watch, boolean paused) {
        int _ = database.inTransaction(
                handle -> handle.createUpdate("INSERT INTO watches (name, run, paused) VALUES (:name, NULL, :paused)"
                                + " ON CONFLICT (name) DO UPDATE SET paused = excluded.paused")
                        .bind("name", watch)
                        .bind("paused", paused)
                        .execute());
    }

    Optional<WatchedFile> find(String watch, String path) {
        return Optional.ofNullable(find(watch, List.of(path)).get(path));
    }

    /**
     * Finds what is known of files.
     *
     * @param paths some hundred
     * @return by path
     */
    Map<String, WatchedFile> find(String watch, Collection<String> paths) {
        if (paths.isEmpty()) {
            return Map.of();
        }
        return database.read(handle -> {
            Map<String, WatchedFile> found = new HashMap<>();
            handle.createQuery(FILES + " AND path IN (<paths>)")
                    .bind("watch", watch)
                    .bindList("paths", paths)
                    .map((row, _) -> file(row))
                    .forEach(file -> found.put(file.path(), file));
            return found;
        });
    }

    /** Files that follow a path, by path. */
    List<WatchedFile> after(String watch, String path, int most) {
        return database.read(handle -> handle.createQuery(FILES + " AND path > :path ORDER BY path LIMIT :most")
                .bind("watch", watch)
                .bind("path", path)
                .bind("most", most)
                .map((row, _) -> file(row))
                .list());
    }

    /** Files whose last attempt failed, those first that have been like that the longest. */
    List<WatchedFile> failing(String watch, int most) {
        return database.read(
                handle -> handle.createQuery(FILES + " AND attempts > 0 ORDER BY changed, path LIMIT :most")
                        .bind("watch", watch)
                        .bind("most", most)
                        .map((row, _) -> file(row))
                        .list());
    }

    long countFailing(String watch) {
        return database.read(
                handle -> handle.createQuery("SELECT COUNT(*) FROM watched_files WHERE watch = :watch AND attempts > 0")
                        .bind("watch", watch)
                        .mapTo(Long.class)
                        .one());
    }

    void put(String watch, WatchedFile file) {
        int _ = database.inTransaction(handle -> handle.createUpdate("INSERT INTO watched_files (watch, path, inode,"
                        + " size, modified, state, target, etag, attempts, problem, changed) VALUES (:watch, :path,"
                        + " :inode, :size, :modified, :state, :target, :etag, :attempts, :problem, :changed)"
                        + " ON CONFLICT (watch, path) DO UPDATE SET inode = excluded.inode, size = excluded.size,"
                        + " modified = excluded.modified, state = excluded.state, target = excluded.target,"
                        + " etag = excluded.etag, attempts = excluded.attempts, problem = excluded.problem,"
                        + " changed = excluded.changed")
                .bind("watch", watch)
                .bind("path", file.path())
                .bind("inode", file.version().inode())
                .bind("size", file.version().size())
                .bind("modified", file.version().modified())
                .bind("state", file.state().name())
                .bind("target", file.target())
                .bind("etag", file.etag())
                .bind("attempts", file.attempts())
                .bind("problem", file.problem())
                .bind("changed", file.changed().toEpochMilli())
                .execute());
    }

    void remove(String watch, Collection<String> paths) {
        if (!paths.isEmpty()) {
            int _ = database.inTransaction(handle -> handle.createUpdate(
                            "DELETE FROM watched_files WHERE watch = :watch AND path IN (<paths>)")
                    .bind("watch", watch)
                    .bindList("paths", paths)
                    .execute());
        }
    }

    private static WatchedFile file(ResultSet row) throws SQLException {
        return new WatchedFile(
                row.getString("path"),
                new FileVersion(row.getLong("inode"), row.getLong("size"), row.getLong("modified")),
                State.valueOf(row.getString("state")),
                row.getString("target"),
                row.getString("etag"),
                row.getInt("attempts"),
                row.getString("problem"),
                Instant.ofEpochMilli(row.getLong("changed")));
    }
}
