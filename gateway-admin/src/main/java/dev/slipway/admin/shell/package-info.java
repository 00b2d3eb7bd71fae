/** The shell for administrators: one command, or line after line with history and completion. */
@NullMarked
package dev.slipway.admin.shell;

import org.jspecify.annotations.NullMarked;
