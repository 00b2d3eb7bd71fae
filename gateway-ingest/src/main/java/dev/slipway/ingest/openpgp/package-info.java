/** Encrypts, decrypts, signs and verifies files with OpenPGP, as streams and in bounded memory. It knows no rules and no jobs. */
@NullMarked
package dev.slipway.ingest.openpgp;

import org.jspecify.annotations.NullMarked;
