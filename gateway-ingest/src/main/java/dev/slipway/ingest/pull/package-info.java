/** Pulls: the files of a remote's folder, fetched on a schedule and stored as an account's or in a bucket. */
@NullMarked
package dev.slipway.ingest.pull;

import org.jspecify.annotations.NullMarked;
