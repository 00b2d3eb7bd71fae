@NullMarked
package dev.slipway.admin.api;

import org.jspecify.annotations.NullMarked;
