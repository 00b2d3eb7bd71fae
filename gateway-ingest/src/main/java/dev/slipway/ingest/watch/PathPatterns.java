package dev.slipway.ingest.watch;

import java.nio.file.FileSystems;
import java.nio.file.Path;
import java.nio.file.PathMatcher;
import java.util.List;

/**
 * Globs for paths below a folder. One without a slash is compared with the last name of a path, others with all of it.
 */
final class PathPatterns {
    private record Pattern(boolean isName, PathMatcher matcher) {}

    private final List<Pattern> patterns;

    /** @throws IllegalArgumentException if one is no glob */
    PathPatterns(List<String> globs) {
        patterns = globs.stream()
                .map(glob -> new Pattern(
                        glob.indexOf('/') < 0, FileSystems.getDefault().getPathMatcher("glob:" + glob)))
                .toList();
    }

    /** @param path relative to the folder */
    boolean match(Path path) {
        return patterns.stream()
                .anyMatch(pattern -> pattern.matcher().matches(pattern.isName() ? path.getFileName() : path));
    }

    boolean isEmpty() {
        return patterns.isEmpty();
    }
}
