package dev.slipway.transfer.push;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The destination of a push.
 *
 * @param remote the name of a remote; null if the order contains its own
 * @param path absolute, without {@code .} and {@code ..}; ends with {@code /} if it certainly is a folder
 */
record Destination(@Nullable String remote, String path) {
    private static final Pattern NAMED = Pattern.compile("([A-Za-z0-9._-]+):(/.*)", Pattern.DOTALL);

    /** @param named whether the remote's name stands before the path */
    static Destination parse(String text, boolean named) throws PushOrderException {
        if (!named) {
            return new Destination(null, normalized(text, text));
        }
        Matcher matcher = NAMED.matcher(text);
        if (!matcher.matches()) {
            throw new PushOrderException("the destination '" + text
                    + "' must be REMOTE:/PATH, with a remote's name and an absolute path, such as vault:/in/");
        }
        return new Destination(matcher.group(1), normalized(matcher.group(2), text));
    }

    private static String normalized(String path, String text) throws PushOrderException {
        if (!path.startsWith("/")) {
            throw new PushOrderException("the destination's path must begin with '/', but is '" + path + "'");
        }
        List<String> segments = new ArrayList<>();
        for (String segment : path.split("/", -1)) {
            if (segment.equals("..") || segment.indexOf('\0') >= 0) {
                throw new PushOrderException("the destination '" + text + "' must have neither '..' nor a NUL");
            }
            if (!segment.isEmpty() && !segment.equals(".")) {
                segments.add(segment);
            }
        }
        String joined = "/" + String.join("/", segments);
        return path.endsWith("/") && !segments.isEmpty() ? joined + "/" : joined;
    }

    /** Whether a path names a file, and as nothing else would. */
    static boolean isPlain(String path) {
        return path.startsWith("/")
                && Stream.of(path.substring(1).split("/", -1))
                        .noneMatch(segment -> segment.isEmpty()
                                || segment.equals(".")
                                || segment.equals("..")
                                || segment.indexOf('\0') >= 0);
    }

    /** Whether a path lies in one of the folders; anywhere if there are none. */
    static boolean isAllowed(String path, List<String> folders) {
        return folders.isEmpty()
                || folders.stream().anyMatch(folder -> {
                    String top = folder.endsWith("/") ? folder : folder + "/";
                    return (path + "/").startsWith(top);
                });
    }

    /** The path before the last segment: {@code /} or a path without a slash at its end. */
    static String parent(String path) {
        int slash = path.lastIndexOf('/');
        return slash <= 0 ? "/" : path.substring(0, slash);
    }

    /** A path below a folder. */
    static String in(String folder, String name) {
        return folder.endsWith("/") ? folder + name : folder + "/" + name;
    }
}
