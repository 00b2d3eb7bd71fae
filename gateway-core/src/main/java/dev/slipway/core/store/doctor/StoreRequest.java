package dev.slipway.core.store.doctor;

import dev.slipway.core.store.StoreException;

/** Requests to a store, which it may refuse. */
@FunctionalInterface
interface StoreRequest {
    void run() throws StoreException;
}
