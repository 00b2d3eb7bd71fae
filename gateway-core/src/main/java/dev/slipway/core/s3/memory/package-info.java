/**
 * Stores without a server, for tests of everything above {@link dev.slipway.core.s3.S3Operations}: in memory, and
 * faulty.
 */
@NullMarked
package dev.slipway.core.s3.memory;

import org.jspecify.annotations.NullMarked;
