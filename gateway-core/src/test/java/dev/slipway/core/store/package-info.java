@NullMarked
package dev.slipway.core.store;

import org.jspecify.annotations.NullMarked;
