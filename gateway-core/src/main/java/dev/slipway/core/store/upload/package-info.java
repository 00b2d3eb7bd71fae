/**
 * Uploads of objects: the part that is being filled, the parts on their way, what the journal and the store know, and
 * the states that an upload goes through.
 */
@NullMarked
package dev.slipway.core.store.upload;

import org.jspecify.annotations.NullMarked;
