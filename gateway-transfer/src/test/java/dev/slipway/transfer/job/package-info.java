@NullMarked
package dev.slipway.transfer.job;

import org.jspecify.annotations.NullMarked;
