/** Servers that files are pushed to over SSH: their specifications, capabilities and connections. */
@NullMarked
package dev.slipway.transfer.remote;

import org.jspecify.annotations.NullMarked;
