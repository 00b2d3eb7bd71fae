/** What the protocols delegate: a shell for administrators, and commands other than those on files. */
@NullMarked
package dev.slipway.core.operator;

import org.jspecify.annotations.NullMarked;
