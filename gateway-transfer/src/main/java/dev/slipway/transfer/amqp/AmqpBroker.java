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
 * @param tls the TLS context; the host name is verified too. Null for an unencrypted connection
 */
public record AmqpBroker(
        String host,
        int port,
        String virtualHost,
        String username,
        String password,
        @Nullable SSLContext tls) {
    private static final int MILLIS = 10_000;

    /** The connection is lost if the broker is silent for twice this long. */
    private static final int HEARTBEAT_SECONDS = 20;

    /**
     * Connects. Blocks for at most twenty seconds. Lost connections are not recovered automatically.
     *
     * @param name the connection's name at the broker
     * @param threads runs the consumers
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
