package dev.slipway.transfer.amqp;

import com.rabbitmq.client.AMQP.BasicProperties;
import com.rabbitmq.client.impl.ContentHeaderPropertyWriter;
import dev.slipway.core.state.StateDatabase;
import dev.slipway.transfer.remote.SecretBox;
import dev.slipway.transfer.remote.SecretKeyException;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Instant;
import java.util.Base64;
import java.util.Optional;

/**
 * The messages of orders, as they came, until their jobs have succeeded. They are encrypted, since they may have passwords
 * in them. All calls block for the database.
 */
final class OrderMessages {
    private final StateDatabase database;
    private final SecretBox secrets;

    /** A message as it came. */
    static final class Kept {
        private final BasicProperties properties;
        private final byte[] body;

        private Kept(BasicProperties properties, byte[] body) {
            this.properties = properties;
            this.body = body;
        }

        BasicProperties properties() {
            return properties;
        }

        /** To be read only. */
        byte[] body() {
            return body;
        }
    }

    OrderMessages(StateDatabase database, SecretBox secrets) {
        this.database = database;
        this.secrets = secrets;
    }

    private static String context(String job) {
        return "message of job " + job;
    }

    /**
     * Keeps the message of a job, unless there is one.
     *
     * @return whether there was none
     */
    boolean put(String job, BasicProperties properties, byte[] body, Instant now) {
        String sealed = secrets.seal(context(job), write(properties) + " " + base64(body));
        return database.inTransaction(handle -> handle.createUpdate("INSERT INTO order_messages (job, message, seen)"
                                + " VALUES (:job, :message, :now) ON CONFLICT (job) DO NOTHING")
                        .bind("job", job)
                        .bind("message", sealed)
                        .bind("now", now.toEpochMilli())
                        .execute())
                > 0;
    }

    /** Whether the message of a job is kept. */
    boolean has(String job) {
        return sealed(job).isPresent();
    }

    /**
     * The message of a job; empty if none is kept.
     *
     * @throws SecretKeyException it was encrypted with another key
     */
    Optional<Kept> find(String job) {
        return sealed(job).map(message -> {
            String[] parts = secrets.open(context(job), message).split(" ", 2);
            return new Kept(read(parts[0]), Base64.getDecoder().decode(parts[1]));
        });
    }

    private Optional<String> sealed(String job) {
        return database.read(handle -> handle.createQuery("SELECT message FROM order_messages WHERE job = :job")
                .bind("job", job)
                .mapTo(String.class)
                .findOne());
    }

    void remove(String job) {
        database.inTransaction(handle -> handle.createUpdate("DELETE FROM order_messages WHERE job = :job")
                .bind("job", job)
                .execute());
    }

    /** Removes messages received before a time. */
    void forget(Instant before) {
        database.inTransaction(handle -> handle.createUpdate("DELETE FROM order_messages WHERE seen < :before")
                .bind("before", before.toEpochMilli())
                .execute());
    }

    private static String base64(byte[] bytes) {
        return Base64.getEncoder().encodeToString(bytes);
    }

    /** As they are written to a connection (AMQP 0-9-1, section 4.2.6.1). */
    private static String write(BasicProperties properties) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (DataOutputStream out = new DataOutputStream(bytes)) {
            out.writeShort(0); // weight
            out.writeLong(0); // the size of the body
            properties.writePropertiesTo(new ContentHeaderPropertyWriter(out));
        } catch (IOException e) {
            throw new UncheckedIOException("the properties of a message cannot be written", e);
        }
        return base64(bytes.toByteArray());
    }

    private static BasicProperties read(String text) {
        try (DataInputStream in =
                new DataInputStream(new ByteArrayInputStream(Base64.getDecoder().decode(text)))) {
            return new BasicProperties(in);
        } catch (IOException e) {
            throw new UncheckedIOException("the properties of a message cannot be read", e);
        }
    }
}
