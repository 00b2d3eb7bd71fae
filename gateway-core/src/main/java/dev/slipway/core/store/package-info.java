/** The port to an object store: whole objects, multipart uploads and the memory that parts live in. */
@NullMarked
package dev.slipway.core.store;

import org.jspecify.annotations.NullMarked;
