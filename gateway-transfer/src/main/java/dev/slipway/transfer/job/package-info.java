/** The jobs of a gateway: a durable queue on the state database, and what runs them. */
@NullMarked
package dev.slipway.transfer.job;

import org.jspecify.annotations.NullMarked;
