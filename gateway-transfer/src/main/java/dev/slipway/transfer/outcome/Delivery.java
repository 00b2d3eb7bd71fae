package dev.slipway.transfer.outcome;

import java.time.Instant;

/**
 * An event to be delivered to a target.
 *
 * @param event its id
 * @param address where, as {@link OutcomeTarget#address} has said
 * @param body the event as JSON, see {@link Outcome#json()}
 * @param attempt 1 and up
 * @param created when it was kept to be delivered
 */
public record Delivery(String event, String address, String body, int attempt, Instant created) {}
