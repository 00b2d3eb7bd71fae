package dev.slipway.transfer.outcome;

import dev.slipway.core.state.StateDatabase;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jdbi.v3.core.Handle;

/** The rows of pending deliveries. All calls block for the database. */
final class DeliveryTable {
    private final StateDatabase database;

    DeliveryTable(StateDatabase database) {
        this.database = database;
    }

    /**
     * Stores an event for its targets. Existing rows are unchanged.
     *
     * @param addresses by the names of the targets
     * @return how many were not there yet
     */
    int add(String event, String body, Map<String, String> addresses, Instant now) {
        return database.inTransaction(handle -> {
            int added = 0;
            for (Map.Entry<String, String> target : addresses.entrySet()) {
                added += handle.createUpdate("INSERT INTO deliveries (event, target, address, body, created, attempts,"
                                + " due, claimed, claimed_until, ended, problem)"
                                + " VALUES (:event, :target, :address, :body, :now, 0, :now, NULL, 0, NULL, '')"
                                + " ON CONFLICT (event, target) DO NOTHING")
                        .bind("event", event)
                        .bind("target", target.getKey())
                        .bind("address", target.getValue())
                        .bind("body", body)
                        .bind("now", now.toEpochMilli())
                        .execute();
            }
            return added;
        });
    }

    /**
     * Stores an event that is never reported again, in a transaction of somebody else. Its row is removed when it has
     * been delivered or given up.
     */
    void addOnce(Handle transaction, String event, String body, String target, Instant now) {
        transaction
                .createUpdate("INSERT INTO deliveries (event, target, address, body, created, attempts,"
                        + " due, claimed, claimed_until, ended, problem, once)"
                        + " VALUES (:event, :target, '', :body, :now, 0, :now, NULL, 0, NULL, '', TRUE)"
                        + " ON CONFLICT (event, target) DO NOTHING")
                .bind("event", event)
                .bind("target", target)
                .bind("body", body)
                .bind("now", now.toEpochMilli())
                .execute();
    }

    /** How many events wait for a target. */
    long waiting(String target) {
        return database.read(
                handle -> handle.createQuery("SELECT COUNT(*) FROM deliveries WHERE target = :target AND ended IS NULL")
                        .bind("target", target)
                        .mapTo(Long.class)
                        .one());
    }

    /** Releases the deliveries of gateways that no longer run. */
    void takeOver() {
        Set<String> live = database.liveRuns();
        database.inTransaction(handle -> {
            List<String> gone = handle
                    .createQuery("SELECT DISTINCT claimed FROM deliveries WHERE claimed IS NOT NULL AND ended IS NULL")
                    .mapTo(String.class)
                    .stream()
                    .filter(run -> !live.contains(run))
                    .toList();
            int released = 0;
            for (String run : gone) {
                released += handle.createUpdate("UPDATE deliveries SET claimed = NULL, claimed_until = 0"
                                + " WHERE claimed = :run AND ended IS NULL")
                        .bind("run", run)
                        .execute();
            }
            return released;
        });
    }

    /**
     * Claims due deliveries, oldest first, so that no other gateway attempts them meanwhile.
     *
     * @param limit the most
     * @param until when others may, if this gateway does not end it
     */
    List<Delivery> claim(String target, int limit, Instant now, Instant until) {
        List<Delivery> due = database.read(handle -> handle.createQuery(
                        "SELECT event, address, body, attempts, created FROM deliveries WHERE target = :target AND"
                                + " ended IS NULL AND due <= :now AND claimed_until <= :now ORDER BY due, event LIMIT"
                                + " :limit")
                .bind("target", target)
                .bind("now", now.toEpochMilli())
                .bind("limit", limit)
                .map((row, context) -> new Delivery(
                        row.getString(1),
                        row.getString(2),
                        row.getString(3),
                        row.getInt(4) + 1,
                        Instant.ofEpochMilli(row.getLong(5))))
                .list());
        if (due.isEmpty()) {
            return due;
        }
        return database.inTransaction(handle -> {
            List<Delivery> claimed = new ArrayList<>();
            for (Delivery delivery : due) {
                int changed = handle.createUpdate("UPDATE deliveries SET claimed = :run, claimed_until = :until,"
                                + " attempts = attempts + 1 WHERE event = :event AND target = :target"
                                + " AND ended IS NULL AND attempts = :attempts AND claimed_until <= :now")
                        .bind("run", database.run())
                        .bind("until", until.toEpochMilli())
                        .bind("event", delivery.event())
                        .bind("target", target)
                        .bind("attempts", delivery.attempt() - 1)
                        .bind("now", now.toEpochMilli())
                        .execute();
                if (changed > 0) {
                    claimed.add(delivery);
                }
            }
            return claimed;
        });
    }

    /** Records that an event was delivered, or was given up. */
    void end(String target, String event, Instant now, String problem) {
        database.inTransaction(handle -> {
            int removed = handle.createUpdate(
                            "DELETE FROM deliveries WHERE event = :event AND target = :target AND once")
                    .bind("event", event)
                    .bind("target", target)
                    .execute();
            if (removed > 0) {
                return removed;
            }
            return handle.createUpdate("UPDATE deliveries SET ended = :now, problem = :problem"
                            + " WHERE event = :event AND target = :target")
                    .bind("now", now.toEpochMilli())
                    .bind("problem", problem)
                    .bind("event", event)
                    .bind("target", target)
                    .execute();
        });
    }

    /** Puts another attempt off. */
    void postpone(String target, String event, Instant due, String problem) {
        database.inTransaction(
                handle -> handle.createUpdate("UPDATE deliveries SET due = :due, problem = :problem, claimed = NULL,"
                                + " claimed_until = 0 WHERE event = :event AND target = :target")
                        .bind("due", due.toEpochMilli())
                        .bind("problem", problem)
                        .bind("event", event)
                        .bind("target", target)
                        .execute());
    }

    /** When something is due for a target next; empty if there is nothing. */
    Optional<Instant> nextDue(String target) {
        return database.read(
                handle -> handle.createQuery("SELECT MIN(CASE WHEN claimed_until > due THEN claimed_until ELSE due END)"
                                + " FROM deliveries WHERE target = :target AND ended IS NULL")
                        .bind("target", target)
                        .mapTo(Long.class)
                        .findOne()
                        .map(Instant::ofEpochMilli));
    }

    /**
     * Gives up expired deliveries, also for removed targets, and removes old rows.
     *
     * @return how many were given up
     */
    int sweep(Instant now, Duration giveUpAfter, Duration keep) {
        return database.inTransaction(handle -> {
            int given = handle.createUpdate("UPDATE deliveries SET ended = :now WHERE ended IS NULL"
                            + " AND created < :oldest AND claimed_until <= :now")
                    .bind("now", now.toEpochMilli())
                    .bind("oldest", now.minus(giveUpAfter).toEpochMilli())
                    .execute();
            forget(handle, now.minus(keep));
            return given;
        });
    }

    private static void forget(Handle handle, Instant before) {
        handle.createUpdate("DELETE FROM deliveries WHERE ended < :before OR once AND ended IS NOT NULL")
                .bind("before", before.toEpochMilli())
                .execute();
    }
}
