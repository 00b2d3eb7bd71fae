package dev.slipway.app;

import dev.slipway.app.config.ConfigurationException;
import dev.slipway.app.config.GatewaySettings;
import dev.slipway.core.event.Events;
import dev.slipway.core.setting.Problem;
import dev.slipway.core.state.StateDatabase;
import dev.slipway.transfer.amqp.AmqpBroker;
import dev.slipway.transfer.amqp.AmqpOutcomes;
import dev.slipway.transfer.amqp.AmqpSettings;
import dev.slipway.transfer.amqp.DeadLetters;
import dev.slipway.transfer.outcome.DeliveryTimes;
import dev.slipway.transfer.outcome.OutcomeTarget;
import dev.slipway.transfer.outcome.Outcomes;
import dev.slipway.transfer.outcome.Webhook;
import dev.slipway.transfer.outcome.WebhookEvent;
import dev.slipway.transfer.outcome.WebhookSecret;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/** Converts the settings of webhooks and the message broker. */
final class OutcomeSettings {
    private OutcomeSettings() {}

    /**
     * The receivers of outcomes and uploads: the webhooks and the broker. The caller closes it.
     *
     * @throws ConfigurationException a file named in the settings cannot be read or is invalid
     * @throws IOException the key for secrets cannot be read or created
     */
    static Outcomes outcomes(GatewaySettings settings, StateDatabase database, Events events, Clock clock)
            throws ConfigurationException, IOException {
        List<OutcomeTarget> targets = new ArrayList<>(webhooks(settings, clock));
        Optional<AmqpBroker> broker = amqp(settings);
        if (broker.isPresent()) {
            targets.add(new AmqpOutcomes(broker.get(), database));
            if (settings.amqp().deadLetters()) {
                targets.add(new DeadLetters(broker.get(), database, RemoteSettings.secrets(settings)));
            }
        }
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
    static Optional<AmqpBroker> amqp(GatewaySettings settings) throws ConfigurationException {
        AmqpSettings amqp = settings.amqp();
        try {
            return amqp.isOn() ? Optional.of(AmqpBroker.of(amqp)) : Optional.empty();
        } catch (UncheckedIOException | IllegalArgumentException e) {
            throw new ConfigurationException(
                    List.of(Problem.of("amqp.caFile", amqp.caFile(), String.valueOf(e.getMessage()))));
        }
    }
}
