/**
 * The environment of tests: real S3 stores, a proxy that simulates network failures, and real client programs. For
 * tests only; nothing here is shipped.
 */
@NullMarked
package dev.slipway.testing;

import org.jspecify.annotations.NullMarked;
