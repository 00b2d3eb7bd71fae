@NullMarked
package dev.slipway.core.net;

import org.jspecify.annotations.NullMarked;
