package dev.slipway.transfer.push;

import dev.slipway.transfer.remote.TransferMode;

/**
 * What the mode {@link TransferMode#AUTO} comes to for a remote.
 *
 * @param mode direct or streaming
 * @param reason why, for people
 */
public record AutoMode(TransferMode mode, String reason) {}
