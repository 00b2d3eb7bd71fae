/** What the file system needs of an object store: whole objects, resumable uploads, and the memory for parts. */
@NullMarked
package dev.slipway.core.store;

import org.jspecify.annotations.NullMarked;
