package dev.slipway.transfer.amqp;

import com.rabbitmq.client.Connection;
import com.rabbitmq.client.ConnectionFactory;
import java.io.IOException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.TimeoutException;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;

/**
 * A RabbitMQ broker, as a gateway reaches it. {@code toString} shows no secret.
 *
 * @param host a name or an address
 * @param port 1 to 65535
 * @param virtualHost commonly {@code /}
 * @param tls what to encrypt with, and whom to trust; the host's name is verified too. Null for a connection in the clear
 */
public record AmqpBroker(
        String host,
        int port,
        String virtualHost,
        String username,
        String password,
        @Nullable SSLContext tls) {
    private static final int MILLIS = 10_000;

    /** A broker that says nothing for twice this long is lost. */
    private static final int HEARTBEAT_SECONDS = 20;

    /**
     * Connects. Blocks for twenty seconds at most. What was lost is not recovered behind the caller's back.
     *
     * @param name what the broker shows the connection as
     * @param threads what consumers are called on
     */
    Connection connect(String name, ExecutorService threads) throws IOException, TimeoutException {
        ConnectionFactory factory = new ConnectionFactory();
        factory.setHost(host);
        factory.setPort(port);
        factory.setVirtualHost(virtualHost);
        factory.setUsername(username);
        factory.setPassword(password);
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
        return host + ":" + port + (virtualHost.equals("/") ? "" : "/" + virtualHost);
    }
}
