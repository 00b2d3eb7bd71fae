/** Mail by SMTP. */
@NullMarked
package dev.slipway.ingest.mail;

import org.jspecify.annotations.NullMarked;
