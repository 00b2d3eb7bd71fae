/**
 * Data connections: passive and active ports, channels with and without TLS, and the transfers that use them.
 */
@NullMarked
package dev.slipway.ftps.data;

import org.jspecify.annotations.NullMarked;
