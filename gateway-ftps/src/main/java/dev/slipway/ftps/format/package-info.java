/**
 * How files are written down for clients: listings, facts, times and line ends.
 */
@NullMarked
package dev.slipway.ftps.format;

import org.jspecify.annotations.NullMarked;
