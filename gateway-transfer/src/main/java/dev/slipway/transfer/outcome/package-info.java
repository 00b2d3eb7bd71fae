/** What comes of jobs, and who is told of it. */
@NullMarked
package dev.slipway.transfer.outcome;

import org.jspecify.annotations.NullMarked;
