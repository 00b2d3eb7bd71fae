@NullMarked
package dev.slipway.core.archive;

import org.jspecify.annotations.NullMarked;
