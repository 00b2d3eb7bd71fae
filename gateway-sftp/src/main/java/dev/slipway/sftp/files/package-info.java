/**
 * The files and directories that a channel has open, for SFTP and SCP, and how their failures are called.
 */
@NullMarked
package dev.slipway.sftp.files;

import org.jspecify.annotations.NullMarked;
