@NullMarked
package dev.slipway.core;

import org.jspecify.annotations.NullMarked;
