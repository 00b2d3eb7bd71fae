package dev.slipway.core;

import java.util.ArrayList;
import java.util.List;

/**
 * An absolute, normalised path in a login's virtual file system. It has no {@code .}, {@code ..} or empty segment, so
 * it cannot leave the root. Names are compared as they were sent: no case folding, no Unicode normalisation.
 */
public final class VirtualPath implements Comparable<VirtualPath> {
    /** The root, {@code /}. */
    public static final VirtualPath ROOT = new VirtualPath(List.of());

    private final List<String> segments;

    private VirtualPath(List<String> segments) {
        this.segments = segments;
    }

    /**
     * Parses a path as a client sent it, relative to the root.
     *
     * @throws VfsException {@link Failure#NAME_INVALID} for a NUL character or a string that UTF-8 cannot express
     */
    public static VirtualPath parse(String text) throws VfsException {
        return ROOT.resolve(text);
    }

    /**
     * Resolves a path as a client sent it: from the root if it starts with {@code /}, otherwise from this path.
     * {@code ..} above the root stays at the root.
     *
     * @throws VfsException {@link Failure#NAME_INVALID} for a NUL character or a string that UTF-8 cannot express
     */
    public VirtualPath resolve(String text) throws VfsException {
        List<String> result = text.startsWith("/") ? new ArrayList<>() : new ArrayList<>(segments);
        for (String segment : text.split("/", -1)) {
            switch (segment) {
                case "", "." -> {}
                case ".." -> {
                    if (!result.isEmpty()) {
                        result.removeLast();
                    }
                }
                default -> result.add(checked(segment));
            }
        }
        return result.isEmpty() ? ROOT : new VirtualPath(List.copyOf(result));
    }

    /**
     * Returns the path of a child.
     *
     * @param name one segment
     * @throws IllegalArgumentException if the name is not a single proper segment
     */
    public VirtualPath child(String name) {
        if (!isProperName(name)) {
            throw new IllegalArgumentException("not a name: '" + name + "'");
        }
        List<String> result = new ArrayList<>(segments);
        result.add(name);
        return new VirtualPath(List.copyOf(result));
    }

    /** Whether a client could use this name: not empty, not {@code .} or {@code ..}, no slash, no NUL, valid UTF-16. */
    public static boolean isProperName(String name) {
        return !name.isEmpty() && !name.equals(".") && !name.equals("..") && name.indexOf('/') < 0 && isEncodable(name);
    }

    private static String checked(String segment) throws VfsException {
        if (!isEncodable(segment)) {
            throw new VfsException(
                    Failure.NAME_INVALID, ROOT, "The name contains a NUL character or is not valid" + " UTF-8.");
        }
        return segment;
    }

    private static boolean isEncodable(String name) {
        for (int i = 0; i < name.length(); i++) {
            char c = name.charAt(i);
            if (c == 0 || Character.isLowSurrogate(c)) {
                return false;
            }
            if (Character.isHighSurrogate(c)) {
                i++;
                if (i == name.length() || !Character.isLowSurrogate(name.charAt(i))) {
                    return false;
                }
            }
        }
        return true;
    }

    /** Whether this is {@code /}. */
    public boolean isRoot() {
        return segments.isEmpty();
    }

    /** The last segment; empty for the root. */
    public String name() {
        return segments.isEmpty() ? "" : segments.getLast();
    }

    /** The parent directory; the root for the root. */
    public VirtualPath parent() {
        return segments.size() <= 1 ? ROOT : new VirtualPath(segments.subList(0, segments.size() - 1));
    }

    /** The names from the root down. */
    public List<String> segments() {
        return segments;
    }

    /** Whether this is the other path or lies below it; {@code /foobar} is not below {@code /foo}. */
    public boolean startsWith(VirtualPath other) {
        return segments.size() >= other.segments.size()
                && segments.subList(0, other.segments.size()).equals(other.segments);
    }

    @Override
    public int compareTo(VirtualPath other) {
        return toString().compareTo(other.toString());
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof VirtualPath path && segments.equals(path.segments);
    }

    @Override
    public int hashCode() {
        return segments.hashCode();
    }

    /** The path with a leading slash and no trailing one; {@code /} for the root. */
    @Override
    public String toString() {
        return "/" + String.join("/", segments);
    }
}
