/**
 * Uploads of objects: the part that is being filled, the parts in flight, what the journal and the store know, and the
 * states of an upload.
 */
@NullMarked
package dev.slipway.core.store.upload;

import org.jspecify.annotations.NullMarked;
