/** Benchmarks: Slipway and its peers side by side, with real clients. Not shipped. */
@NullMarked
package dev.slipway.bench;

import org.jspecify.annotations.NullMarked;
