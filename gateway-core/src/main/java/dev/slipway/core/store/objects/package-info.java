/** {@link dev.slipway.core.store.ObjectStore} on S3's operations: uploads, downloads, copies and deletions. */
@NullMarked
package dev.slipway.core.store.objects;

import org.jspecify.annotations.NullMarked;
