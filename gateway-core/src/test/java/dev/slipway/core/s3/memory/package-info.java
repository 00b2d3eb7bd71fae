@NullMarked
package dev.slipway.core.s3.memory;

import org.jspecify.annotations.NullMarked;
