@NullMarked
package dev.slipway.core.store.s3;

import org.jspecify.annotations.NullMarked;
