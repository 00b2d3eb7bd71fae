package dev.slipway.transfer.amqp;

import com.rabbitmq.client.Connection;
import com.rabbitmq.client.ConnectionFactory;
import dev.slipway.core.net.Authorities;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.TimeoutException;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;

/**
 * A RabbitMQ broker, as a gateway reaches it. {@code toString} shows no secret.
 *
 * @param settings with a host
 * @param tls the TLS context; the host name is verified too. Null for an unencrypted connection
 * @param firstPause before the broker is asked again after a failure, or the database; doubles with each further one
 * @param longestPause the longest of these pauses
 */
public record AmqpBroker(AmqpSettings settings, @Nullable SSLContext tls, Duration firstPause, Duration longestPause) {
    private static final Duration FIRST_PAUSE = Duration.ofSeconds(1);
    private static final Duration LONGEST_PAUSE = Duration.ofSeconds(30);
    private static final int MILLIS = 10_000;

    /** The connection is lost if the broker is silent for twice this long. */
    private static final int HEARTBEAT_SECONDS = 20;

    /**
     * The broker of settings that were checked. Reads the file with the certificates of CAs, if there is one.
     *
     * @throws UncheckedIOException the file cannot be read
     * @throws IllegalArgumentException the file is invalid
     */
    public static AmqpBroker of(AmqpSettings settings) {
        return new AmqpBroker(settings, settings.tls() ? tls(settings.caFile()) : null, FIRST_PAUSE, LONGEST_PAUSE);
    }

    private static SSLContext tls(@Nullable Path caFile) {
        try {
            return caFile == null ? SSLContext.getDefault() : Authorities.tls(caFile);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("this Java runtime does not support TLS", e);
        }
    }

    /** The queue of orders. */
    String queue() {
        return Objects.requireNonNull(settings.queue(), "amqp.queue was not checked");
    }

    /**
     * The pause after a number of consecutive failures.
     *
     * @param failed at least 1
     */
    Duration pause(int failed) {
        Duration pause = firstPause.multipliedBy(1L << Math.min(failed - 1, 20));
        return pause.compareTo(longestPause) < 0 ? pause : longestPause;
    }

    /**
     * Connects. Blocks for at most twenty seconds. Lost connections are not recovered automatically.
     *
     * @param name the connection's name at the broker
     * @param threads runs the consumers
     */
    Connection connect(String name, ExecutorService threads) throws IOException, TimeoutException {
        ConnectionFactory factory = new ConnectionFactory();
        factory.setHost(settings.host());
        factory.setPort(settings.portOrUsual());
        factory.setVirtualHost(settings.virtualHost());
        factory.setUsername(settings.username());
        factory.setPassword(Objects.requireNonNull(settings.password(), "amqp.password was not checked")
                .reveal());
        factory.setAutomaticRecoveryEnabled(false);
        factory.setTopologyRecoveryEnabled(false);
        factory.setConnectionTimeout(MILLIS);
        factory.setHandshakeTimeout(MILLIS);
        factory.setShutdownTimeout(MILLIS);
        factory.setRequestedHeartbeat(HEARTBEAT_SECONDS);
        if (tls != null) {
            factory.useSslProtocol(tls);
            factory.enableHostnameVerification();
        }
        return factory.newConnection(threads, name);
    }

    @Override
    public String toString() {
        String virtualHost = settings.virtualHost();
        return settings.host() + ":" + settings.portOrUsual() + (virtualHost.equals("/") ? "" : "/" + virtualHost);
    }
}
