package dev.slipway.app.embedded;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;

/**
 * Which keys the embedded store can keep distinct. The store turns a key into a path, so that a file system's rules
 * apply to keys: {@code a//b} and {@code a/./b} would be the same object as {@code a/b}.
 */
final class KeyRules {
    /** The longest file name of nearly all file systems, in bytes. */
    private static final int LONGEST_NAME = 255;
    /** While an object is written, its file's name has a hyphen and a UUID at the end. */
    private static final int TEMPORARY_SUFFIX = 1 + 36;
    /** A part's path begins with ".mpus-", the upload's UUID and a hyphen. */
    private static final int PART_PREFIX = 6 + 36 + 1;
    /** A part's path ends with a hyphen and the part's number, at most 10000. */
    private static final int PART_SUFFIX = 1 + 5;

    private KeyRules() {}

    /** Why no object can have this key, if so. */
    static Optional<String> problem(String key) {
        List<String> segments = segments(key);
        for (int i = 0; i < segments.size(); i++) {
            String segment = segments.get(i);
            if (segment.isEmpty()) {
                return Optional.of("has an empty segment");
            }
            if (segment.equals(".") || segment.equals("..")) {
                return Optional.of("has a segment '" + segment + "'");
            }
            if (segment.indexOf('\0') >= 0) {
                return Optional.of("has a NUL character");
            }
            // Hidden from listings everywhere; at the top the store itself refuses or owns them.
            if ((i > 0 && segment.startsWith(".mpus-")) || segment.equals(".s3proxy-slash")) {
                return Optional.of("has a reserved segment");
            }
        }
        return Optional.empty();
    }

    /** Why no object with this key can be written in one request, if so. */
    static Optional<String> problemOfPut(String key) {
        return problem(key).or(() -> tooLong(key, 0, key.endsWith("/") ? 0 : TEMPORARY_SUFFIX));
    }

    /** Why no object with this key can be written in parts, if so. */
    static Optional<String> problemOfUpload(String key) {
        return problem(key).or(() -> tooLong(key, PART_PREFIX, PART_SUFFIX + TEMPORARY_SUFFIX));
    }

    /** The names along the path; a trailing slash only marks a directory marker. */
    private static List<String> segments(String key) {
        return List.of((key.endsWith("/") ? key.substring(0, key.length() - 1) : key).split("/", -1));
    }

    private static Optional<String> tooLong(String key, int beforeFirst, int afterLast) {
        List<String> segments = segments(key);
        for (int i = 0; i < segments.size(); i++) {
            int longest = LONGEST_NAME - (i == 0 ? beforeFirst : 0) - (i == segments.size() - 1 ? afterLast : 0);
            if (segments.get(i).getBytes(StandardCharsets.UTF_8).length > longest) {
                return Optional.of("has a segment of more than " + longest + " bytes");
            }
        }
        return Optional.empty();
    }
}
