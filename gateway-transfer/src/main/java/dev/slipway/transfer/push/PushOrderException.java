package dev.slipway.transfer.push;

/** An order that cannot be carried out. The message says which part is wrong, and what is expected. */
public final class PushOrderException extends Exception {
    private static final long serialVersionUID = 1L;

    public PushOrderException(String message) {
        super(message);
    }
}
