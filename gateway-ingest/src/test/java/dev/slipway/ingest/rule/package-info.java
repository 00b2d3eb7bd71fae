@NullMarked
package dev.slipway.ingest.rule;

import org.jspecify.annotations.NullMarked;
