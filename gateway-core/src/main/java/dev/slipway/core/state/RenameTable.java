package dev.slipway.core.state;

import dev.slipway.core.store.ObjectKey;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * The journal of directory renames: which are under way, how far they are, and what they have copied. Versions of objects
 * are kept as fingerprints of 64 bits, so that a tree of a million objects takes some 50 MiB for as long as it is renamed.
 */
public final class RenameTable {
    private static final int ROWS_PER_QUERY = 500;

    private static final String ALL =
            "SELECT id, source_bucket, source_prefix, target_bucket, target_prefix, target_was_there, kept_parent,"
                    + " account, source_path, target_path, phase, started FROM renames";

    private final StateDatabase database;
    private final String run;

    /** How far a rename is. */
    public enum Phase {
        /** The source is whole, the target is being made. If this ends early, it is undone. */
        COPYING,
        /** The target is whole, the source is being removed. If this ends early, it is gone on with. */
        DELETING,
        /** The source is whole, the target is being removed. If this ends early, it is gone on with. */
        UNDOING
    }

    /**
     * A rename.
     *
     * @param source the directory's marker, whether there is one or not; its key is the prefix of all in it
     * @param target likewise
     * @param targetWasThere whether the target was an empty directory before
     * @param keptParent the prefix of the directory that loses the source and must stay a directory; empty where that is
     *     no question
     * @param account whose rename it is
     * @param from the source as that account sees it
     * @param to the target as that account sees it
     */
    public record Entry(
            long id,
            ObjectKey source,
            ObjectKey target,
            boolean targetWasThere,
            String keptParent,
            String account,
            String from,
            String to,
            Phase phase,
            Instant started) {}

    /** The journal in the database that the attributes are kept in: renames take them along. */
    public RenameTable(AttributeTable attributes) {
        this(attributes.database());
    }

    public RenameTable(StateDatabase database) {
        this.database = database;
        this.run = database.run();
    }

    /** Notes a rename before anything is done. */
    public void begin(Entry rename) {
        database.inTransaction(handle -> handle.createUpdate(
                        "INSERT INTO renames (id, gateway, source_bucket, source_prefix, target_bucket, target_prefix,"
                                + " target_was_there, kept_parent, account, source_path, target_path, phase, started)"
                                + " VALUES (:id, :run, :sourceBucket, :sourcePrefix, :targetBucket, :targetPrefix,"
                                + " :targetWasThere, :keptParent, :account, :from, :to, :phase, :started)")
                .bind("id", rename.id())
                .bind("run", run)
                .bind("sourceBucket", rename.source().bucket())
                .bind("sourcePrefix", rename.source().key())
                .bind("targetBucket", rename.target().bucket())
                .bind("targetPrefix", rename.target().key())
                .bind("targetWasThere", rename.targetWasThere())
                .bind("keptParent", rename.keptParent())
                .bind("account", rename.account())
                .bind("from", rename.from())
                .bind("to", rename.to())
                .bind("phase", rename.phase().name())
                .bind("started", rename.started().getEpochSecond())
                .execute());
    }

    /** Whether other gateways may work on this journal at the same time. */
    public boolean isShared() {
        return database.isShared();
    }

    /**
     * Whether a rename is still this gateway's. Where several share the database, one that was taken for dead may not go on
     * with what another one has taken over.
     */
    public boolean isOwn(long id) {
        return !database.isShared()
                || database.read(handle -> handle.createQuery(
                                        "SELECT COUNT(*) FROM renames WHERE id = :id AND gateway = :run")
                                .bind("id", id)
                                .bind("run", run)
                                .mapTo(Integer.class)
                                .one())
                        > 0;
    }

    /**
     * Takes a rename from one phase to another.
     *
     * @return false if it was in neither of them, or is not this gateway's
     */
    public boolean change(long id, Phase from, Phase to) {
        return database.inTransaction(handle -> handle.createUpdate("UPDATE renames SET phase = :to"
                                + " WHERE id = :id AND gateway = :run AND phase IN (:from, :to)")
                        .bind("id", id)
                        .bind("run", run)
                        .bind("from", from.name())
                        .bind("to", to.name())
                        .execute())
                > 0;
    }

    /** Notes what was copied: the fingerprints of sources, by those of their copies. */
    public void copied(long id, Map<Long, Long> sources) {
        if (sources.isEmpty()) {
            return;
        }
        database.inTransaction(handle -> {
            var batch = handle.prepareBatch("INSERT INTO rename_copies (rename, target, source)"
                    + " VALUES (:id, :target, :source)"
                    + " ON CONFLICT (rename, target) DO UPDATE SET source = :source");
            new TreeMap<>(sources)
                    .forEach((target, source) -> batch.bind("id", id)
                            .bind("target", target)
                            .bind("source", source)
                            .add());
            return batch.execute();
        });
    }

    /** Which of these are copies: the fingerprints of their sources, by theirs. */
    public Map<Long, Long> sources(long id, Collection<Long> targets) {
        List<Long> wanted = new ArrayList<>(targets);
        Map<Long, Long> found = new HashMap<>();
        for (int from = 0; from < wanted.size(); from += ROWS_PER_QUERY) {
            List<Long> some = wanted.subList(from, Math.min(wanted.size(), from + ROWS_PER_QUERY));
            found.putAll(database.read(handle -> handle
                    .createQuery(
                            "SELECT target, source FROM rename_copies WHERE rename = :id AND target IN (<targets>)")
                    .bind("id", id)
                    .bindList("targets", some)
                    .map((row, context) -> Map.entry(row.getLong(1), row.getLong(2)))
                    .stream()
                    .collect(Collectors.toMap(Map.Entry::getKey, Map.Entry::getValue))));
        }
        return found;
    }

    /** Forgets copies that need not be known any more. */
    public void forget(long id, Collection<Long> targets) {
        if (targets.isEmpty()) {
            return;
        }
        database.inTransaction(handle -> {
            var batch = handle.prepareBatch("DELETE FROM rename_copies WHERE rename = :id AND target = :target");
            for (Long target : targets) {
                batch.bind("id", id).bind("target", target).add();
            }
            return batch.execute();
        });
    }

    /** Forgets a rename that is over. */
    public void ended(long id) {
        database.inTransaction(handle -> handle.createUpdate("DELETE FROM renames WHERE id = :id AND gateway = :run")
                .bind("id", id)
                .bind("run", run)
                .execute());
    }

    /** All renames that are under way, the oldest first. */
    public List<Entry> underWay() {
        return database.read(handle -> handle.createQuery(ALL + " ORDER BY started, id")
                .map((row, context) -> entry(row))
                .list());
    }

    /**
     * Takes over what gateways have left that are gone.
     *
     * @return only what was taken over now
     */
    public List<Entry> takeOver() {
        Set<String> live = database.liveRuns();
        return database.inTransaction(handle -> {
            List<Long> left = handle.createQuery(
                            "SELECT id FROM renames WHERE gateway NOT IN (<live>) ORDER BY started, id")
                    .bindList("live", live)
                    .mapTo(Long.class)
                    .list();
            List<Entry> taken = new ArrayList<>();
            for (long id : left) {
                int rows = handle.createUpdate(
                                "UPDATE renames SET gateway = :run WHERE id = :id AND gateway NOT IN (<live>)")
                        .bind("run", run)
                        .bind("id", id)
                        .bindList("live", live)
                        .execute();
                if (rows > 0) {
                    // Only now its phase cannot change any more.
                    taken.add(handle.createQuery(ALL + " WHERE id = :id")
                            .bind("id", id)
                            .map((row, context) -> entry(row))
                            .one());
                }
            }
            return taken;
        });
    }

    private static Entry entry(ResultSet row) throws SQLException {
        return new Entry(
                row.getLong(1),
                new ObjectKey(row.getString(2), row.getString(3)),
                new ObjectKey(row.getString(4), row.getString(5)),
                row.getBoolean(6),
                row.getString(7),
                row.getString(8),
                row.getString(9),
                row.getString(10),
                Phase.valueOf(row.getString(11)),
                Instant.ofEpochSecond(row.getLong(12)));
    }
}
