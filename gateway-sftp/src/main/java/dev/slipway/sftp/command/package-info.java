/**
 * The other commands that clients run over SSH: checksums, and the gateway's own commands.
 */
@NullMarked
package dev.slipway.sftp.command;

import org.jspecify.annotations.NullMarked;
