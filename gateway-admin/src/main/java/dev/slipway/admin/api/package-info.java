/** The HTTP API: the admin commands as resources, described by {@code openapi.json} in this package. */
@NullMarked
package dev.slipway.admin.api;

import org.jspecify.annotations.NullMarked;
