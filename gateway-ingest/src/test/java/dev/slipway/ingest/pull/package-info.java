@NullMarked
package dev.slipway.ingest.pull;

import org.jspecify.annotations.NullMarked;
