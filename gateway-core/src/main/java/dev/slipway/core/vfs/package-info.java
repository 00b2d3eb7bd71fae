/** The virtual file system that every protocol works on: paths, uploads, downloads, locks and failures. */
@NullMarked
package dev.slipway.core.vfs;

import org.jspecify.annotations.NullMarked;
