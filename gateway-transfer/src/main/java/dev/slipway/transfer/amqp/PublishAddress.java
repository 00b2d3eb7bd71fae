package dev.slipway.transfer.amqp;

/**
 * A destination for publishing.
 *
 * @param exchange empty for the default exchange
 * @param routingKey on the default exchange the name of a queue
 */
record PublishAddress(String exchange, String routingKey) {}
