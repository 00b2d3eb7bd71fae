@NullMarked
package dev.slipway.admin.command;

import org.jspecify.annotations.NullMarked;
