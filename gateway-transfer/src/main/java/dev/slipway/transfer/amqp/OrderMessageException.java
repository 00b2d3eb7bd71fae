package dev.slipway.transfer.amqp;

/** A message that is no order. Its text says what is wrong, and shows nothing of what may be secret. */
final class OrderMessageException extends Exception {
    private static final long serialVersionUID = 1L;

    OrderMessageException(String message) {
        super(message);
    }
}
