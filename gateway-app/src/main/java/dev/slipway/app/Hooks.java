package dev.slipway.app;

import dev.slipway.app.keys.ServerCertificate;
import dev.slipway.core.event.GatewayEvent;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.Clock;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Supplier;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/**
 * What a program that embeds a gateway provides in place of the gateway's own.
 *
 * @param clock the time of day
 * @param meters a registry for the gateway's meters, in addition to that of its admin port; null for none
 * @param database a PostgreSQL database for the state; null for that of the settings
 * @param authenticator accounts of the program; null for none
 * @param certificate asked at each TLS connection; null for the certificate of the settings
 * @param subscribers receive every event
 */
record Hooks(
        Clock clock,
        @Nullable MeterRegistry meters,
        @Nullable DataSource database,
        @Nullable Authenticator authenticator,
        @Nullable Supplier<ServerCertificate> certificate,
        List<Consumer<? super GatewayEvent>> subscribers) {
    static final Hooks NONE = new Hooks(Clock.systemUTC(), null, null, null, null, List.of());

    Hooks {
        subscribers = List.copyOf(subscribers);
    }
}
