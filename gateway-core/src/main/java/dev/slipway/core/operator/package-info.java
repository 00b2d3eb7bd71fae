/** What protocols leave to others: a shell for administrators, and commands beside those of files. */
@NullMarked
package dev.slipway.core.operator;

import org.jspecify.annotations.NullMarked;
