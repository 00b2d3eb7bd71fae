/** Requests to a store: waiting for them, what their failures mean, and what a store was found to refuse. */
@NullMarked
package dev.slipway.core.store.requests;

import org.jspecify.annotations.NullMarked;
