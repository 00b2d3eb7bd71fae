/** Tests of the FTP front-end through its sockets, with real clients and with clients that misbehave on purpose. */
@NullMarked
package dev.slipway.ftps;

import org.jspecify.annotations.NullMarked;
