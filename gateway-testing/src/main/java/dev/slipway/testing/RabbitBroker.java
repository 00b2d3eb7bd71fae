package dev.slipway.testing;

import java.nio.file.Path;

/**
 * The address of a RabbitMQ broker, with AMQP 0-9-1.
 *
 * @param port the port without TLS
 * @param tlsPort the port with TLS
 * @param certificate the self-signed certificate of the TLS port, as PEM; for {@code localhost} and 127.0.0.1
 * @param user has all permissions in the virtual host {@code /}
 */
public record RabbitBroker(String host, int port, int tlsPort, Path certificate, String user, String password) {}
