/**
 * The admin commands, defined once: for the command line on the gateway's machine, for the shell over SSH and, as far
 * as permitted, for FTP.
 */
@NullMarked
package dev.slipway.admin.command;

import org.jspecify.annotations.NullMarked;
