package dev.slipway.transfer.amqp;

import dev.slipway.core.setting.CheckedSettings;
import dev.slipway.core.setting.Problems;
import dev.slipway.core.setting.Secret;
import dev.slipway.core.setting.Setting;
import dev.slipway.core.setting.SettingsBuilder;
import java.nio.file.Path;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** A RabbitMQ queue for orders, and the destination of outcomes: the section {@code amqp} of the configuration. */
public record AmqpSettings(
        @Setting("Host name or address of the broker. Without it, no orders are taken from a queue.") @Nullable
        String host,

        @Setting(value = "Port of the broker. Without it, 5672, or 5671 with `amqp.tls`.", least = 1, most = 65_535)
        @Nullable
        Integer port,

        @Setting(value = "Whether the connection is encrypted.", byDefault = "false")
        boolean tls,

        @Setting("PEM file with the certificates of CAs to trust for the connection to the broker, in addition to"
                + " the usual ones.")
        @Nullable
        Path caFile,

        @Setting(value = "Virtual host.", byDefault = "/") String virtualHost,

        @Setting("User to log in as; required with `amqp.host`.") @Nullable
        String username,

        @Setting("Password of that user; required with `amqp.host`.") @Nullable
        Secret password,

        @Setting("Queue to take orders from; required with `amqp.host`. It must exist.") @Nullable
        String queue,

        @Setting(
                value = "Number of messages that the broker delivers before the first of them has become a job.",
                byDefault = "10",
                least = 1,
                most = 65_535)
        int prefetchCount,

        @Setting(value = "Default remote for messages without a host.", byDefault = "ssh")
        String remote,

        @Setting("Exchange to publish the outcome of each job to, unless the job's message names one. Without it,"
                + " the default exchange.")
        @Nullable
        String outcomeExchange,

        @Setting("Routing key of these outcomes: on the default exchange, the name of a queue. Without it and"
                + " `amqp.outcomeExchange`, only outcomes are published whose message names a destination.")
        @Nullable
        String outcomeRoutingKey)
        implements CheckedSettings {
    private static final int PORT = 5672;
    private static final int TLS_PORT = 5671;

    /** Starts from the defaults. */
    public static SettingsBuilder<AmqpSettings> builder() {
        return new SettingsBuilder<>(AmqpSettings.class);
    }

    /** Whether there is a broker. */
    public boolean isOn() {
        return host != null;
    }

    /** The broker's port; unless it is set, that of the protocol. */
    public int portOrUsual() {
        return Objects.requireNonNullElse(port, tls ? TLS_PORT : PORT);
    }

    /** Where outcomes are published whose message names no destination; empty if they are not. */
    PublishAddress outcomes() {
        return new PublishAddress(
                Objects.requireNonNullElse(outcomeExchange, ""), Objects.requireNonNullElse(outcomeRoutingKey, ""));
    }

    @Override
    public void check(Problems problems) {
        if (host == null) {
            if (username != null || password != null || queue != null) {
                problems.add("host", null, "is required with amqp.username, amqp.password and amqp.queue");
            }
            return;
        }
        if (username == null) {
            problems.add("username", null, "is required with amqp.host");
        }
        if (password == null) {
            problems.add("password", null, "is required with amqp.host");
        }
        if (queue == null) {
            problems.add("queue", null, "is required with amqp.host");
        }
        if (caFile != null && !tls) {
            problems.add("caFile", caFile, "requires amqp.tls");
        }
    }
}
