package dev.slipway.transfer.amqp;

/** An invalid message. The text says what is wrong, without possible secrets. */
final class OrderMessageException extends Exception {
    private static final long serialVersionUID = 1L;

    OrderMessageException(String message) {
        super(message);
    }
}
