package dev.slipway.testing;

import java.nio.file.Path;

/**
 * Where a RabbitMQ broker answers, with AMQP 0-9-1.
 *
 * @param port in the clear
 * @param tlsPort encrypted
 * @param certificate of the encrypted port, signed by itself, as PEM; for {@code localhost} and 127.0.0.1
 * @param user may do everything in the virtual host {@code /}
 */
public record RabbitBroker(String host, int port, int tlsPort, Path certificate, String user, String password) {}
