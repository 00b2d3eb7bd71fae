/**
 * The settings: what can be set, with which default, read from one YAML file with environment variables over it. Nothing
 * outside this package reads a configuration file.
 */
@NullMarked
package dev.slipway.app.config;

import org.jspecify.annotations.NullMarked;
