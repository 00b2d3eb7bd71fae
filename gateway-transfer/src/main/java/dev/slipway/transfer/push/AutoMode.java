package dev.slipway.transfer.push;

import dev.slipway.transfer.remote.Capabilities;
import dev.slipway.transfer.remote.TransferMode;

/**
 * The mode that {@link TransferMode#AUTO} chooses for a remote.
 *
 * @param mode direct or streaming
 * @param reason why, for people
 */
public record AutoMode(TransferMode mode, String reason) {
    /** Derived from the remote's capabilities; whether it reaches the store was not tested. */
    public static AutoMode of(Capabilities found) {
        return DirectTransfer.obstacle(found)
                .map(obstacle -> new AutoMode(TransferMode.STREAMING, obstacle))
                .orElseGet(() -> new AutoMode(
                        TransferMode.DIRECT,
                        "it has a shell with curl and dd; the next push shows whether it reaches the store"));
    }
}
