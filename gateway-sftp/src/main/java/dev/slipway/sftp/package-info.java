/** The SSH front-end: SFTP version 3 and SCP, directly on the virtual file system. */
@NullMarked
package dev.slipway.sftp;

import org.jspecify.annotations.NullMarked;
