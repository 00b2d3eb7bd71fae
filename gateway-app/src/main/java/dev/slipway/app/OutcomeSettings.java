package dev.slipway.app;

import dev.slipway.app.config.ConfigurationException;
import dev.slipway.app.config.GatewaySettings;
import dev.slipway.app.config.Problem;
import dev.slipway.core.event.Events;
import dev.slipway.core.net.Authorities;
import dev.slipway.core.state.StateDatabase;
import dev.slipway.transfer.amqp.AmqpBroker;
import dev.slipway.transfer.amqp.AmqpOutcomes;
import dev.slipway.transfer.amqp.AmqpSettings;
import dev.slipway.transfer.outcome.DeliveryTimes;
import dev.slipway.transfer.outcome.OutcomeTarget;
import dev.slipway.transfer.outcome.Outcomes;
import dev.slipway.transfer.outcome.Webhook;
import dev.slipway.transfer.outcome.WebhookEvent;
import dev.slipway.transfer.outcome.WebhookSecret;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.security.NoSuchAlgorithmException;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Collectors;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;

/** Converts the settings of webhooks and the message broker. */
final class OutcomeSettings {
    private static final int AMQP_PORT = 5672;
    private static final int AMQPS_PORT = 5671;

    private OutcomeSettings() {}

    /**
     * The receivers of outcomes and uploads: the webhooks and the broker. The caller closes it.
     *
     * @throws ConfigurationException a file named in the settings cannot be read or is invalid
     */
    static Outcomes outcomes(GatewaySettings settings, StateDatabase database, Events events, Clock clock)
            throws ConfigurationException {
        List<OutcomeTarget> targets = new ArrayList<>(webhooks(settings, clock));
        amqp(settings).ifPresent(broker -> targets.add(new AmqpOutcomes(broker, database)));
        return new Outcomes(database, targets, events, DeliveryTimes.DEFAULT, clock);
    }

    /** The webhooks, in their order. The caller closes them. */
    static List<Webhook> webhooks(GatewaySettings settings, Clock clock) {
        return settings.webhooks().stream()
                .map(webhook -> new Webhook(
                        webhook.url(),
                        WebhookSecret.parse(webhook.secret().reveal()),
                        webhook.events().stream().map(OutcomeSettings::event).collect(Collectors.toSet()),
                        clock))
                .toList();
    }

    private static WebhookEvent event(GatewaySettings.WebhookEvent event) {
        return switch (event) {
            case SUCCESS -> WebhookEvent.SUCCESS;
            case FAIL -> WebhookEvent.FAIL;
            case UPLOADED -> WebhookEvent.UPLOADED;
        };
    }

    /**
     * The broker; empty if there is none. Reads the file named in the settings.
     *
     * @throws ConfigurationException that file cannot be read or is invalid
     */
    static Optional<AmqpSettings> amqp(GatewaySettings settings) throws ConfigurationException {
        GatewaySettings.Amqp amqp = settings.amqp();
        String host = amqp.host();
        if (host == null) {
            return Optional.empty();
        }
        Integer port = amqp.port();
        int usual = amqp.tls() ? AMQPS_PORT : AMQP_PORT;
        return Optional.of(new AmqpSettings(
                new AmqpBroker(
                        host,
                        port == null ? usual : port,
                        amqp.virtualHost(),
                        Objects.requireNonNull(amqp.username(), "amqp.username was not checked"),
                        Objects.requireNonNull(amqp.password(), "amqp.password was not checked")
                                .reveal(),
                        amqp.tls() ? tls(amqp.caFile()) : null),
                Objects.requireNonNull(amqp.queue(), "amqp.queue was not checked"),
                amqp.prefetchCount(),
                amqp.remote(),
                Objects.requireNonNullElse(amqp.outcomeExchange(), ""),
                Objects.requireNonNullElse(amqp.outcomeRoutingKey(), ""),
                AmqpSettings.DEFAULT_FIRST_PAUSE,
                AmqpSettings.DEFAULT_LONGEST_PAUSE));
    }

    private static SSLContext tls(@Nullable Path caFile) throws ConfigurationException {
        try {
            return caFile == null ? SSLContext.getDefault() : Authorities.tls(caFile);
        } catch (UncheckedIOException | IllegalArgumentException e) {
            throw new ConfigurationException(
                    List.of(new Problem("", "amqp.caFile", String.valueOf(caFile), String.valueOf(e.getMessage()))));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("this Java runtime does not support TLS", e);
        }
    }
}
