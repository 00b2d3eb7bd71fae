/**
 * SSH connections and channels: algorithms, key exchanges, admission, sessions, windows and the memory for them.
 */
@NullMarked
package dev.slipway.sftp.transport;

import org.jspecify.annotations.NullMarked;
