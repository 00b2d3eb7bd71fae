/** Tests of jobs and pushes together. */
@NullMarked
package dev.slipway.transfer;

import org.jspecify.annotations.NullMarked;
