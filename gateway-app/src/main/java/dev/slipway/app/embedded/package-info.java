/** An S3 store inside the process, for trying out Slipway and for small installations. */
@NullMarked
package dev.slipway.app.embedded;

import org.jspecify.annotations.NullMarked;
