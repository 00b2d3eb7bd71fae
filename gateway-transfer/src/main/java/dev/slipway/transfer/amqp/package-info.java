/** Orders from a queue of a RabbitMQ broker, and outcomes sent to it. */
@NullMarked
package dev.slipway.transfer.amqp;

import org.jspecify.annotations.NullMarked;
