/** Storage totals and the quotas of accounts. */
@NullMarked
package dev.slipway.core.quota;

import org.jspecify.annotations.NullMarked;
