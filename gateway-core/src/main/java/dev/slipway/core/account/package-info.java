/** Who may log in, with what proof, and what they see. */
@NullMarked
package dev.slipway.core.account;

import org.jspecify.annotations.NullMarked;
