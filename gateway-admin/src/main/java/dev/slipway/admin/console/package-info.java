/** The pages of the web console. What they show comes from the API. */
@NullMarked
package dev.slipway.admin.console;

import org.jspecify.annotations.NullMarked;
