/**
 * The SSH front-end: {@link dev.slipway.sftp.SftpServer}, and its settings. SFTP version 3 and SCP run directly on the
 * virtual file system.
 */
@NullMarked
package dev.slipway.sftp;

import org.jspecify.annotations.NullMarked;
