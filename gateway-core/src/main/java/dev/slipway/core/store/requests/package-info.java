/** Requests to a store: waiting for them, converting their failures, and finding out what a store refuses. */
@NullMarked
package dev.slipway.core.store.requests;

import org.jspecify.annotations.NullMarked;
