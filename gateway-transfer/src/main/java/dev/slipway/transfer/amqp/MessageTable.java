package dev.slipway.transfer.amqp;

import dev.slipway.core.state.StateDatabase;
import java.time.Instant;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The rows of received messages. All calls block for the database. */
final class MessageTable {
    private final StateDatabase database;

    MessageTable(StateDatabase database) {
        this.database = database;
    }

    /**
     * Records the job of a message before it is submitted.
     *
     * @param reply the destination of its outcome; null if its sender did not name one
     */
    void put(String job, String message, @Nullable PublishAddress reply, Instant now) {
        database.inTransaction(handle -> handle.createUpdate("INSERT INTO amqp_messages (job, message, exchange,"
                        + " routing_key, is_reply, seen, settled)"
                        + " VALUES (:job, :message, :exchange, :key, :reply, :now, FALSE)"
                        + " ON CONFLICT (job) DO UPDATE SET seen = :now, settled = FALSE")
                .bind("job", job)
                .bind("message", message)
                .bind("exchange", reply == null ? "" : reply.exchange())
                .bind("key", reply == null ? "" : reply.routingKey())
                .bind("reply", reply != null)
                .bind("now", now.toEpochMilli())
                .execute());
    }

    /** Records that the message was acknowledged and will not be redelivered. */
    void settled(String job) {
        database.inTransaction(handle -> handle.createUpdate("UPDATE amqp_messages SET settled = TRUE WHERE job = :job")
                .bind("job", job)
                .execute());
    }

    /** The job that a message has become, or was about to, when something came between it and its acknowledgement. */
    Optional<String> unsettled(String message) {
        return database.read(handle -> handle.createQuery("SELECT job FROM amqp_messages WHERE message = :message"
                        + " AND NOT settled ORDER BY seen DESC LIMIT 1")
                .bind("message", message)
                .mapTo(String.class)
                .findOne());
    }

    /** The destination of a job's outcome; empty if none was named. */
    Optional<PublishAddress> reply(String job) {
        return database.read(handle -> handle.createQuery(
                        "SELECT exchange, routing_key FROM amqp_messages WHERE job = :job AND is_reply")
                .bind("job", job)
                .map((row, context) -> new PublishAddress(row.getString(1), row.getString(2)))
                .findOne());
    }

    /** Removes messages received before a time. */
    void forget(Instant before) {
        database.inTransaction(handle -> handle.createUpdate("DELETE FROM amqp_messages WHERE seen < :before")
                .bind("before", before.toEpochMilli())
                .execute());
    }
}
