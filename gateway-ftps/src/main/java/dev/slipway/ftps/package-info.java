/**
 * The FTP and FTPS front-end: {@link dev.slipway.ftps.FtpsServer}, and its settings. Apache FtpServer and MINA carry the
 * control connection: listeners, sessions, command dispatch. Everything that decides whether a file is complete is in the
 * packages below: the command lines, the data connections and their TLS, the transfers and the replies.
 */
@NullMarked
package dev.slipway.ftps;

import org.jspecify.annotations.NullMarked;
