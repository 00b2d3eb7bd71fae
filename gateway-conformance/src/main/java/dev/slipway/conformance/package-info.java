/** The long checks before a release: see {@code conformance/README.md}. Each is a program that ends with a verdict. */
@NullMarked
package dev.slipway.conformance;

import org.jspecify.annotations.NullMarked;
