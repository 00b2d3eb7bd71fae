@NullMarked
package dev.slipway.core.quota;

import org.jspecify.annotations.NullMarked;
