package dev.slipway.core.s3;

import java.nio.ByteBuffer;

/**
 * Takes what a GET brings. The calls come one after the other, on threads of the implementation, and must not block: the
 * memory for all that was asked for has to be there before.
 */
public interface BodyReceiver {
    /**
     * The answer has begun. Called once, before any bytes.
     *
     * @return whether the bytes are wanted; if not, the request ends here, successfully
     */
    boolean begin(ObjectHead head);

    /**
     * Takes the next bytes.
     *
     * @param data only valid during the call; all remaining bytes are taken. An exception fails the request
     */
    void receive(ByteBuffer data);
}
