/**
 * Finds out with real requests what a bucket's store can do: {@link dev.slipway.core.store.doctor.StoreProbe} runs one
 * {@code CapabilityProbe} after the other.
 */
@NullMarked
package dev.slipway.core.store.doctor;

import org.jspecify.annotations.NullMarked;
