package dev.slipway.transfer.amqp;

import com.rabbitmq.client.AMQP.BasicProperties;
import com.rabbitmq.client.Channel;
import com.rabbitmq.client.Connection;
import com.rabbitmq.client.Return;
import com.rabbitmq.client.ShutdownSignalException;
import dev.slipway.transfer.outcome.DeliveryException;
import java.io.IOException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Publishes messages one after the other, and waits until a queue has each. It has its own connection, as RabbitMQ
 * recommends: the broker stops reading from publishers when its memory is full, and orders should be acknowledged even
 * then. Safe for use by several threads.
 */
final class AmqpPublisher implements AutoCloseable {
    private static final long CONFIRM_MILLIS = 10_000;

    private final AmqpBroker broker;
    private final String name;
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    private final ReentrantLock publishing = new ReentrantLock();
    private volatile @Nullable Connection connection;
    private @Nullable Channel channel;
    private volatile @Nullable Return returned;
    private volatile boolean closed;

    /**
     * Connects when there is something to publish.
     *
     * @param name the connection's name at the broker
     */
    AmqpPublisher(AmqpBroker broker, String name) {
        this.broker = broker;
        this.name = name;
    }

    /**
     * Publishes a message. Blocks until a queue has it, at most half a minute.
     *
     * @throws DeliveryException no queue has confirmed it
     */
    void publish(PublishAddress place, BasicProperties properties, byte[] body)
            throws DeliveryException, InterruptedException {
        publishing.lockInterruptibly();
        try {
            send(place, properties, body);
        } catch (IOException | TimeoutException | ShutdownSignalException e) {
            abandon();
            throw DeliveryException.temporary(broker + ": " + reason(e), e);
        } finally {
            publishing.unlock();
        }
    }

    private void send(PublishAddress place, BasicProperties properties, byte[] body)
            throws IOException, TimeoutException, InterruptedException, DeliveryException {
        Channel open = channel();
        returned = null;
        open.basicPublish(place.exchange(), place.routingKey(), true, properties, body);
        boolean confirmed = open.waitForConfirms(CONFIRM_MILLIS);
        // A returned message arrives before its confirmation.
        Return refused = returned;
        if (refused != null) {
            throw DeliveryException.temporary(
                    broker + ": no queue receives messages published to the exchange '" + place.exchange()
                            + "' with the routing key '" + place.routingKey() + "'",
                    null);
        }
        if (!confirmed) {
            throw DeliveryException.temporary(broker + " could not store it", null);
        }
    }

    private Channel channel() throws IOException, TimeoutException {
        Channel present = channel;
        if (present != null && present.isOpen()) {
            return present;
        }
        Connection open = connection;
        if (open == null || !open.isOpen()) {
            if (closed) {
                throw new IOException("closed");
            }
            open = broker.connect(name, threads);
            connection = open;
        }
        Channel made = open.createChannel();
        made.confirmSelect();
        made.addReturnListener(message -> returned = message);
        channel = made;
        return made;
    }

    private void abandon() {
        Connection open = connection;
        connection = null;
        channel = null;
        if (open != null) {
            open.abort();
        }
    }

    /** Without the text of a stack of exceptions. */
    static String reason(Throwable e) {
        Throwable last = e;
        while (last.getCause() != null) {
            last = last.getCause();
        }
        return last.getMessage() == null ? last.getClass().getSimpleName() : last.getMessage();
    }

    @Override
    public void close() {
        closed = true;
        Connection open = connection;
        if (open != null) {
            open.abort();
        }
        threads.shutdown();
    }
}
