/** Tests of the FTP front-end through its sockets, by real clients and by clients that misbehave on purpose. */
@NullMarked
package dev.slipway.ftps;

import org.jspecify.annotations.NullMarked;
