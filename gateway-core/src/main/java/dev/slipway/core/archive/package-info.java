/**
 * Objects that were moved into archives, many into one, and that can still be read by their keys: where their bytes
 * are, and a store that reads them there. It knows nothing of how archives are made.
 */
@NullMarked
package dev.slipway.core.archive;

import org.jspecify.annotations.NullMarked;
