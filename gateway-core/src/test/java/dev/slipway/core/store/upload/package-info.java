@NullMarked
package dev.slipway.core.store.upload;

import org.jspecify.annotations.NullMarked;
