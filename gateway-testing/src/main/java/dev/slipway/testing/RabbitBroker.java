package dev.slipway.testing;

/**
 * Where a RabbitMQ broker answers, with AMQP 0-9-1 in the clear.
 *
 * @param user may do everything in the virtual host {@code /}
 */
public record RabbitBroker(String host, int port, String user, String password) {}
