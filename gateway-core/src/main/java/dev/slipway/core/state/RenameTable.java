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
 * The journal of directory renames: which are in progress, their phases, and what they have copied. Versions of objects
 * are stored as fingerprints of 64 bits, so that renaming a tree of a million objects takes some 50 MiB while it lasts.
 */
public final class RenameTable {
    private static final int ROWS_PER_QUERY = 500;

    private static final String ALL =
            "SELECT id, source_bucket, source_prefix, target_bucket, target_prefix, target_was_there, kept_parent,"
                    + " account, source_path, target_path, phase, started FROM renames";

    private final StateDatabase database;
    private final String run;

    /** The phase of a rename. */
    public enum Phase {
        /** The source is complete, the target is being created. A rename that stops in this phase is undone. */
        COPYING,
        /** The target is complete, the source is being removed. A rename that stops in this phase is continued. */
        DELETING,
        /** The source is complete, the target is being removed. A rename that stops in this phase is continued. */
        UNDOING
    }

    /**
     * A rename.
     *
     * @param source the key of the directory's marker, which need not exist; it is the prefix of all keys in the
     *     directory
     * @param target likewise
     * @param targetWasThere whether the target existed before, as an empty directory
     * @param keptParent the prefix of the source's parent, if that must be kept as a directory; otherwise empty
     * @param account the account that renames
     * @param from the source's virtual path
     * @param to the target's virtual path
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

    /** The journal in the same database as the attributes, which renames move as well. */
    public RenameTable(AttributeTable attributes) {
        this(attributes.database());
    }

    public RenameTable(StateDatabase database) {
        this.database = database;
        this.run = database.run();
    }

    /** Records a rename before anything is changed. */
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

    /** Whether other gateways may use this journal at the same time. */
    public boolean isShared() {
        return database.isShared();
    }

    /**
     * Whether a rename still belongs to this gateway. If several share the database, one that was considered dead must
     * not continue a rename that another has taken over.
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
     * Changes the phase of a rename.
     *
     * @return false if it was in neither phase, or does not belong to this gateway
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

    /** Records copies: the fingerprints of the sources, by those of their copies. */
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

    /** Finds recorded copies: returns the fingerprints of their sources, by theirs. */
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

    /** Removes copies that are no longer needed. */
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

    /** Removes a completed rename. */
    public void ended(long id) {
        database.inTransaction(handle -> handle.createUpdate("DELETE FROM renames WHERE id = :id AND gateway = :run")
                .bind("id", id)
                .bind("run", run)
                .execute());
    }

    /** Returns all renames in progress, the oldest first. */
    public List<Entry> underWay() {
        return database.read(handle -> handle.createQuery(ALL + " ORDER BY started, id")
                .map((row, context) -> entry(row))
                .list());
    }

    /**
     * Takes over the renames of gateways that have died.
     *
     * @return only those that were taken over now
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
                    // Read only now, when its phase can no longer change.
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
