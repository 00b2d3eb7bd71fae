/**
 * The port to a store: the operations of S3's API, as they are. It knows no accounts, journals, part memory or retries
 * of whole uploads; those belong to higher layers.
 */
@NullMarked
package dev.slipway.core.s3;

import org.jspecify.annotations.NullMarked;
