package dev.slipway.app;

import dev.slipway.app.config.ConfigurationException;
import dev.slipway.app.config.GatewaySettings;
import dev.slipway.core.setting.Problem;
import dev.slipway.transfer.amqp.AmqpBroker;
import dev.slipway.transfer.amqp.AmqpSettings;
import dev.slipway.transfer.outcome.OutcomeType;
import dev.slipway.transfer.outcome.Webhook;
import dev.slipway.transfer.outcome.WebhookSecret;
import java.io.UncheckedIOException;
import java.time.Clock;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/** Converts the settings of webhooks and the message broker. */
final class OutcomeSettings {
    private OutcomeSettings() {}

    /** The webhooks, in their order. The caller closes them. */
    static List<Webhook> webhooks(GatewaySettings settings, Clock clock) {
        return settings.webhooks().stream()
                .map(webhook -> new Webhook(
                        webhook.url(),
                        WebhookSecret.parse(webhook.secret().reveal()),
                        webhook.events().stream().map(OutcomeSettings::type).collect(Collectors.toSet()),
                        clock))
                .toList();
    }

    private static OutcomeType type(GatewaySettings.JobOutcome outcome) {
        return switch (outcome) {
            case SUCCESS -> OutcomeType.SUCCESS;
            case FAIL -> OutcomeType.FAIL;
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
