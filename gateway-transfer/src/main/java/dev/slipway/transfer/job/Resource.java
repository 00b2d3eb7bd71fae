package dev.slipway.transfer.job;

import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.SortedSet;
import java.util.TreeSet;

/**
 * Something that only a limited number of jobs may use at once, on all gateways together, such as {@code remote:vault}.
 *
 * @param kind what it is: lower-case letters, digits and hyphens
 * @param name which one: not empty, without control characters
 */
public record Resource(String kind, String name) implements Comparable<Resource> {
    private static final String REMOTE = "remote";
    private static final char SEPARATOR = '\n';

    public Resource {
        if (!kind.matches("[a-z0-9-]+")) {
            throw new IllegalArgumentException(
                    "the kind of a resource has other characters than a-z, 0-9 and -: " + kind);
        }
        if (name.isEmpty() || name.chars().anyMatch(Character::isISOControl)) {
            throw new IllegalArgumentException("the name of a resource is empty or has control characters: " + name);
        }
    }

    /** A remote server. */
    public static Resource remote(String name) {
        return new Resource(REMOTE, name);
    }

    /** Whether it is a remote server. */
    public boolean isRemote() {
        return kind.equals(REMOTE);
    }

    /** As {@link #toString} has it. */
    static Resource parse(String text) {
        int colon = text.indexOf(':');
        return new Resource(text.substring(0, colon), text.substring(colon + 1));
    }

    /** What a row contains for some resources. */
    static String text(Collection<Resource> resources) {
        SortedSet<Resource> sorted = new TreeSet<>(resources);
        return String.join(
                String.valueOf(SEPARATOR),
                sorted.stream().map(Resource::toString).toList());
    }

    /** The resources in the text of a row, sorted. */
    static List<Resource> parseAll(String text) {
        return text.isEmpty() ? List.of() : text.lines().map(Resource::parse).toList();
    }

    @Override
    public int compareTo(Resource other) {
        return Comparator.comparing(Resource::toString).compare(this, other);
    }

    @Override
    public String toString() {
        return kind + ":" + name;
    }
}
