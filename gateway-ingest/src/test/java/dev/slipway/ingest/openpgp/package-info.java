@NullMarked
package dev.slipway.ingest.openpgp;

import org.jspecify.annotations.NullMarked;
