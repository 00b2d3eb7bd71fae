/**
 * What a file system needs of an object store: whole objects, uploads that can be gone on with, and the memory that parts
 * live in.
 */
@NullMarked
package dev.slipway.core.store;

import org.jspecify.annotations.NullMarked;
