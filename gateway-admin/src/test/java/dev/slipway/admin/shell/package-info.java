@NullMarked
package dev.slipway.admin.shell;

import org.jspecify.annotations.NullMarked;
