/** Health, metrics and administration of a running gateway. */
@NullMarked
package dev.slipway.admin;

import org.jspecify.annotations.NullMarked;
