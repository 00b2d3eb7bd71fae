/** The words that every part of Slipway speaks: paths and failures. No protocol library is known below this package. */
@NullMarked
package dev.slipway.core;

import org.jspecify.annotations.NullMarked;
