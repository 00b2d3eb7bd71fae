/**
 * Random programs of file operations, with faults between them, run against Slipway and against a file system that is
 * simple enough to be verified by reading. See docs/adr/0010-a-reference-model.md.
 */
@NullMarked
package dev.slipway.app.model;

import org.jspecify.annotations.NullMarked;
