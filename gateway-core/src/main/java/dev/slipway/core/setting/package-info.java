/**
 * Settings as records. Each module declares its own; {@link dev.slipway.core.setting.Binder} creates them from a tree of
 * values, wherever that comes from.
 */
@NullMarked
package dev.slipway.core.setting;

import org.jspecify.annotations.NullMarked;
