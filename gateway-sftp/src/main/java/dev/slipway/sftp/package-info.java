/** The SSH front-end: SFTP version 3 and SCP, straight on the virtual file system. */
@NullMarked
package dev.slipway.sftp;

import org.jspecify.annotations.NullMarked;
