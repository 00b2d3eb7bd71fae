/**
 * The SFTP subsystem: requests, replies and extensions (draft-ietf-secsh-filexfer-02).
 */
@NullMarked
package dev.slipway.sftp.subsystem;

import org.jspecify.annotations.NullMarked;
