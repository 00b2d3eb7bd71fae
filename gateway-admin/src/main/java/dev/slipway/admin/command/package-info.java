/**
 * The admin commands, defined once: for the command line of the gateway's own machine, for the shell over SSH, and, as far as
 * an account may, for FTP.
 */
@NullMarked
package dev.slipway.admin.command;

import org.jspecify.annotations.NullMarked;
