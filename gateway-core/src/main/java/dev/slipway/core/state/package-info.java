/** The state database: data that S3 cannot store cheaply. */
@NullMarked
package dev.slipway.core.state;

import org.jspecify.annotations.NullMarked;
