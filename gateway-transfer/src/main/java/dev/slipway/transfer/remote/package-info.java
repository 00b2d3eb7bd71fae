/** Servers that files are sent to over SSH: who they are, what they can do, and connections to them. */
@NullMarked
package dev.slipway.transfer.remote;

import org.jspecify.annotations.NullMarked;
