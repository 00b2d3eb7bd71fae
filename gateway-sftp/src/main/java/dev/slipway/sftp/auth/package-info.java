/**
 * Authentication with passwords, keys and user certificates.
 */
@NullMarked
package dev.slipway.sftp.auth;

import org.jspecify.annotations.NullMarked;
