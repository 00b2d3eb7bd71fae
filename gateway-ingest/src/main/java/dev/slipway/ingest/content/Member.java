package dev.slipway.ingest.content;

import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A file or folder in an archive.
 *
 * @param names the segments of its path: at least one, each a valid file name
 * @param modified its time; null if the archive does not say it
 */
public record Member(List<String> names, @Nullable Instant modified) {
    public Member {
        names = List.copyOf(names);
    }

    /** The path, without a leading slash. */
    public String path() {
        return String.join("/", names);
    }
}
