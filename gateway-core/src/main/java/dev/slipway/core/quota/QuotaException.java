package dev.slipway.core.quota;

import dev.slipway.core.Failure;
import dev.slipway.core.store.StoreException;

/** The account's own quota is exceeded, rather than the store's. The message is written for clients. */
public final class QuotaException extends StoreException {
    private static final long serialVersionUID = 1L;

    QuotaException(String message) {
        super(Failure.QUOTA_EXCEEDED, message);
    }
}
