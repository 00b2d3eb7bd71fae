/** Tests of settings and answers; those with clamd itself are in the application's tests. */
@NullMarked
package dev.slipway.ingest.scan;

import org.jspecify.annotations.NullMarked;
