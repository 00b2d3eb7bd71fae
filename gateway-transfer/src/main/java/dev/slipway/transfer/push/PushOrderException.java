package dev.slipway.transfer.push;

/** An order that cannot be carried out as it stands. Its message says which part is wrong, and what would be right. */
public final class PushOrderException extends Exception {
    private static final long serialVersionUID = 1L;

    public PushOrderException(String message) {
        super(message);
    }
}
