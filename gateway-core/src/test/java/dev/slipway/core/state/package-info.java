@NullMarked
package dev.slipway.core.state;

import org.jspecify.annotations.NullMarked;
