@NullMarked
package dev.slipway.core.s3;

import org.jspecify.annotations.NullMarked;
