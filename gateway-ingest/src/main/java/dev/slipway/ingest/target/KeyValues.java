package dev.slipway.ingest.target;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * What a {@link KeyTemplate} can contain of a file.
 *
 * @param path its path below the source's folder, without a leading slash
 * @param task the name of the pull or watch
 * @param account the account whose folder it is stored in; null if it goes to a bucket
 * @param job the id of the job that stores it; empty if there is none
 * @param at the moment for the parts of the date, in UTC
 */
public record KeyValues(String path, String task, @Nullable String account, String job, Instant at) {
    /** The last segment of the path. */
    String name() {
        return path.substring(path.lastIndexOf('/') + 1);
    }

    /** The path without its last segment and the slash before it; empty if it has only one. */
    String folder() {
        return path.substring(0, Math.max(0, path.lastIndexOf('/')));
    }

    /** The name without its extension; a dot at its beginning is no extension's. */
    String stem() {
        int dot = name().lastIndexOf('.');
        return dot <= 0 ? name() : name().substring(0, dot);
    }

    /** What follows the last dot of the name; empty if there is none. */
    String extension() {
        int dot = name().lastIndexOf('.');
        return dot <= 0 ? "" : name().substring(dot + 1);
    }
}
