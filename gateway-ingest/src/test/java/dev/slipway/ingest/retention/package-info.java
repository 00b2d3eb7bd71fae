@NullMarked
package dev.slipway.ingest.retention;

import org.jspecify.annotations.NullMarked;
