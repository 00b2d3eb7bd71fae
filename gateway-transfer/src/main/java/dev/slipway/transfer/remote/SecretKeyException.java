package dev.slipway.transfer.remote;

/** What is encrypted in the state database cannot be read with the key that the gateway has. */
public final class SecretKeyException extends IllegalStateException {
    private static final long serialVersionUID = 1L;

    SecretKeyException(String message) {
        super(message);
    }

    SecretKeyException(String message, Throwable cause) {
        super(message, cause);
    }
}
