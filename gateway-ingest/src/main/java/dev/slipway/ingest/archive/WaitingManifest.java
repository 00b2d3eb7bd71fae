package dev.slipway.ingest.archive;

import dev.slipway.core.store.ObjectKey;
import java.time.Instant;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * A manifest that the server has not stored yet.
 *
 * @param archive whose members it lists
 * @param since when the archive was recorded
 * @param problem why the last attempt failed, for people; empty if there was none yet
 * @param object that has it in the fallback bucket; null if it is in none, so that the originals must stay
 */
public record WaitingManifest(
        UUID archive,
        Instant since,
        String problem,
        @Nullable ObjectKey object) {}
