/** Looking after a gateway: what commands and the HTTP API share. They parse and print; the rules are here. */
@NullMarked
package dev.slipway.admin.management;

import org.jspecify.annotations.NullMarked;
