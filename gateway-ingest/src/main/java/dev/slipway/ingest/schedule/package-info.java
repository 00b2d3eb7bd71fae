/** When tasks run by themselves. */
@NullMarked
package dev.slipway.ingest.schedule;

import org.jspecify.annotations.NullMarked;
