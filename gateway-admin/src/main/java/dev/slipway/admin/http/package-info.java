/** The HTTP server of the operators' listener, on Netty: what it takes from clients, and what it does not. */
@NullMarked
package dev.slipway.admin.http;

import org.jspecify.annotations.NullMarked;
