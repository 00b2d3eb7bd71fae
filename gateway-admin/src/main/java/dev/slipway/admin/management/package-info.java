/**
 * Managing a gateway: what commands, SITE and the HTTP API share. They parse and print; the rules are here. Each service acts for
 * one {@link dev.slipway.admin.management.Principal}; whatever it has not the right to is refused with a {@link
 * dev.slipway.admin.management.ManagementException}, even where that is not said.
 */
@NullMarked
package dev.slipway.admin.management;

import org.jspecify.annotations.NullMarked;
