package dev.slipway.ingest.archive;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * A task of the configuration.
 *
 * @param settings its settings
 * @param source where its files are, for people
 * @param target where its archives are, for people
 * @param next when it runs next by its schedule; null if it has none
 */
public record ArchiveTask(
        ArchiveSettings settings,
        String source,
        String target,
        @Nullable Instant next) {}
