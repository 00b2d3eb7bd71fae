/** The state database: what S3 cannot hold cheaply. */
@NullMarked
package dev.slipway.core.state;

import org.jspecify.annotations.NullMarked;
