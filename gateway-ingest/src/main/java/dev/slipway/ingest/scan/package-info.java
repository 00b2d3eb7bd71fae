/** Scans files for malware with clamd, before they appear. */
@NullMarked
package dev.slipway.ingest.scan;

import org.jspecify.annotations.NullMarked;
