@NullMarked
package dev.slipway.core.account;

import org.jspecify.annotations.NullMarked;
