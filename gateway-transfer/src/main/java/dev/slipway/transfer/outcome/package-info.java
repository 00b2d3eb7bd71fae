/** The outcomes of jobs, and their delivery. */
@NullMarked
package dev.slipway.transfer.outcome;

import org.jspecify.annotations.NullMarked;
