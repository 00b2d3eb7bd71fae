@NullMarked
package dev.slipway.core.store.objects;

import org.jspecify.annotations.NullMarked;
