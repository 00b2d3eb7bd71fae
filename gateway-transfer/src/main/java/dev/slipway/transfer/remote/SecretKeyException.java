package dev.slipway.transfer.remote;

/** Secrets in the state database cannot be decrypted with the gateway's key. */
public final class SecretKeyException extends IllegalStateException {
    private static final long serialVersionUID = 1L;

    SecretKeyException(String message) {
        super(message);
    }

    SecretKeyException(String message, Throwable cause) {
        super(message, cause);
    }
}
