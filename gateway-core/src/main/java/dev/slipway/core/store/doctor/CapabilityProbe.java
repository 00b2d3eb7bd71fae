package dev.slipway.core.store.doctor;

/** Tests one capability of a store, and adds what it finds to the findings. */
interface CapabilityProbe {
    /** Makes the requests. Blocks until the last of them has ended; failures become findings. */
    void run();
}
