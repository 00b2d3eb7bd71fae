package dev.slipway.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.slipway.app.config.ConfigurationException;
import dev.slipway.app.config.GatewaySettings;
import dev.slipway.app.config.SettingsLoader;
import dev.slipway.transfer.amqp.AmqpBroker;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class OutcomeSettingsTest {
    private static final Map<String, String> BROKER = Map.of(
            "s3.bucket", "files",
            "amqp.host", "mq.example.com",
            "amqp.username", "slipway",
            "amqp.password", "hunter2",
            "amqp.queue", "orders");

    private static GatewaySettings settings(String... more) throws ConfigurationException {
        Map<String, String> values = new HashMap<>(BROKER);
        for (int i = 0; i < more.length; i += 2) {
            values.put(more[i], more[i + 1]);
        }
        return SettingsLoader.of(values).settings();
    }

    @Test
    void theDefaultPortIsThatOfTheProtocol() throws Exception {
        AmqpBroker plain = OutcomeSettings.amqp(settings()).orElseThrow();
        assertThat(plain.settings().portOrUsual()).isEqualTo(5672);
        assertThat(plain.tls()).isNull();
        assertThat(plain.toString() + plain.settings()).doesNotContain("hunter2");
        AmqpBroker encrypted =
                OutcomeSettings.amqp(settings("amqp.tls", "true")).orElseThrow();
        assertThat(encrypted.settings().portOrUsual()).isEqualTo(5671);
        assertThat(encrypted.tls()).isNotNull();
        assertThat(OutcomeSettings.amqp(settings("amqp.tls", "true", "amqp.port", "7"))
                        .orElseThrow()
                        .settings()
                        .portOrUsual())
                .isEqualTo(7);
    }

    @Test
    void aFileWithoutAuthoritiesIsNamed(@TempDir Path folder) throws Exception {
        Path file = Files.writeString(folder.resolve("ca.pem"), "hunter2");
        assertThatThrownBy(() -> OutcomeSettings.amqp(settings("amqp.tls", "true", "amqp.caFile", file.toString())))
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContaining("amqp.caFile")
                .hasMessageContaining("ca.pem");
    }

    @Test
    void webhooksAndTheBrokerFollowTheSettings() throws Exception {
        GatewaySettings none = SettingsLoader.of(Map.of("s3.bucket", "files")).settings();
        assertThat(OutcomeSettings.webhooks(none, Clock.systemUTC())).isEmpty();
        assertThat(OutcomeSettings.amqp(none)).isEmpty();
        var webhooks = OutcomeSettings.webhooks(
                settings(
                        "webhooks[0].url", "https://hooks.example.com/T0KEN",
                        "webhooks[0].secret", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"),
                Clock.systemUTC());
        assertThat(webhooks)
                .singleElement()
                .satisfies(webhook -> assertThat(webhook.name()).doesNotContain("T0KEN"));
        webhooks.getFirst().close();
    }
}
