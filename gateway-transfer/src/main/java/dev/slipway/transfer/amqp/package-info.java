/** Orders that come from a queue of a RabbitMQ broker, and outcomes that go to it. */
@NullMarked
package dev.slipway.transfer.amqp;

import org.jspecify.annotations.NullMarked;
