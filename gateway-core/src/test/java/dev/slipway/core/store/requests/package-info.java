@NullMarked
package dev.slipway.core.store.requests;

import org.jspecify.annotations.NullMarked;
