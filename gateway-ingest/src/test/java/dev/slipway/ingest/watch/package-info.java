/** Tests of watched folders, with a real kernel and a real store. */
@NullMarked
package dev.slipway.ingest.watch;

import org.jspecify.annotations.NullMarked;
