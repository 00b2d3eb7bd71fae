package dev.slipway.core.s3;

import java.nio.ByteBuffer;

/**
 * Receives the body of a GET. Calls come one after the other, on threads of the implementation, and must not block:
 * memory for all requested bytes must be available beforehand.
 */
public interface BodyReceiver {
    /**
     * The answer has begun. Called once, before any bytes.
     *
     * @return whether the bytes are wanted; if not, the request ends here, successfully
     */
    boolean begin(ObjectHead head);

    /**
     * Receives the next bytes.
     *
     * @param data valid only during the call; all remaining bytes are to be taken. An exception fails the request
     */
    void receive(ByteBuffer data);
}
