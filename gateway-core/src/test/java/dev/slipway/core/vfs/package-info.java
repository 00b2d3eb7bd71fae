@NullMarked
package dev.slipway.core.vfs;

import org.jspecify.annotations.NullMarked;
