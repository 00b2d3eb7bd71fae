/**
 * What tests need from the outside: real S3 stores, a proxy that makes their network fail, and real client
 * programs. For tests only; nothing here is shipped.
 */
@NullMarked
package dev.slipway.testing;

import org.jspecify.annotations.NullMarked;
