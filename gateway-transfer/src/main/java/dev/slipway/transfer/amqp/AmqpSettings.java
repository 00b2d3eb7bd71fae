package dev.slipway.transfer.amqp;

import dev.slipway.core.setting.CheckedSettings;
import dev.slipway.core.setting.Problems;
import dev.slipway.core.setting.Secret;
import dev.slipway.core.setting.Setting;
import dev.slipway.core.setting.SettingsBuilder;
import dev.slipway.transfer.job.Resource;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.OptionalInt;
import java.util.Set;
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

        @Setting(
                value =
                        "Number of jobs of this queue's orders that run at once, on all gateways together. Without it, as"
                                + " many as the limits of their remotes allow.",
                least = 1,
                most = 65_535)
        @Nullable
        Integer jobsAtOnce,

        @Setting(
                value =
                        "Whether a message whose job has failed becomes a dead letter: it is published to the queue once"
                                + " more and rejected there, so that the broker does with it what the queue's dead-letter"
                                + " exchange says.",
                byDefault = "false")
        boolean deadLetters,

        @Setting("Names in `source.domain` of messages that mean the gateway's store, in addition to the hosts of"
                + " `s3.endpoint` and `transfer.storeEndpoint`. Orders with other names are rejected.")
        List<String> sourceDomains,

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
    /** The kind of what limits {@code jobsAtOnce}. */
    private static final String ORDERS = "orders";

    private static final int PORT = 5672;
    private static final int TLS_PORT = 5671;

    public AmqpSettings {
        sourceDomains = List.copyOf(sourceDomains);
    }

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

    /** What the jobs of the queue's orders take while they run; empty if their number has no limit. */
    Set<Resource> resources() {
        return jobsAtOnce == null ? Set.of() : Set.of(new Resource(ORDERS, String.valueOf(queue)));
    }

    /** How many jobs may use a resource of these settings at once; empty for other resources. */
    public OptionalInt limit(Resource resource) {
        if (!resource.kind().equals(ORDERS)) {
            return OptionalInt.empty();
        }
        // Orders of a queue that no longer has a limit.
        return OptionalInt.of(resources().contains(resource) && jobsAtOnce != null ? jobsAtOnce : Integer.MAX_VALUE);
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
        if (queue != null && (queue.isEmpty() || queue.chars().anyMatch(Character::isISOControl))) {
            problems.add("queue", null, "must not be empty or have control characters");
        }
        if (caFile != null && !tls) {
            problems.add("caFile", caFile, "requires amqp.tls");
        }
    }
}
