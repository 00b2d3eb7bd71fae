package dev.slipway.core.s3;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/** Collects the body of a GET. */
public final class ReceivedBytes implements BodyReceiver {
    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    private volatile @Nullable ObjectHead head;

    @Override
    public boolean begin(ObjectHead begun) {
        head = begun;
        return true;
    }

    @Override
    public void receive(ByteBuffer data) {
        byte[] piece = new byte[data.remaining()];
        data.get(piece);
        bytes.writeBytes(piece);
    }

    /** The bytes received so far. */
    public byte[] bytes() {
        return bytes.toByteArray();
    }

    /** The head of the answer; null before it arrives. */
    public @Nullable ObjectHead head() {
        return head;
    }
}
