/** What happens in a gateway, for those who write it down, count it, or act on it. */
@NullMarked
package dev.slipway.core.event;

import org.jspecify.annotations.NullMarked;
