/**
 * SCP: its command line, messages, sender and receiver.
 */
@NullMarked
package dev.slipway.sftp.scp;

import org.jspecify.annotations.NullMarked;
