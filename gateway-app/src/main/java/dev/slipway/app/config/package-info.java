/**
 * The settings and their defaults, read from one YAML file and overridden by environment variables. Nothing outside
 * this package reads a configuration file.
 */
@NullMarked
package dev.slipway.app.config;

import org.jspecify.annotations.NullMarked;
