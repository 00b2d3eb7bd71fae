/** The HTTP server of the admin listener, on Netty, with its limits on clients. */
@NullMarked
package dev.slipway.admin.http;

import org.jspecify.annotations.NullMarked;
