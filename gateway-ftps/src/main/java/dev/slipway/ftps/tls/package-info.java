/**
 * TLS of control connections and of their data connections, and which sessions clients may resume.
 */
@NullMarked
package dev.slipway.ftps.tls;

import org.jspecify.annotations.NullMarked;
