@NullMarked
package dev.slipway.admin.management;

import org.jspecify.annotations.NullMarked;
