package dev.slipway.conformance;

import java.io.ByteArrayOutputStream;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** Files and directories by path, as a bucket may contain them. A path starts with a slash; the root is empty. */
final class Tree {
    /**
     * A file or a directory.
     *
     * @param pieces the consecutive contents of a file; empty for a directory
     */
    record Node(Optional<List<Content>> pieces) {
        static final Node DIRECTORY = new Node(Optional.empty());

        static Node file(List<Content> pieces) {
            return new Node(Optional.of(List.copyOf(pieces)));
        }

        boolean isDirectory() {
            return pieces.isEmpty();
        }

        int size() {
            return pieces.orElseThrow().stream().mapToInt(Content::length).sum();
        }

        byte[] bytes() {
            ByteArrayOutputStream bytes = new ByteArrayOutputStream();
            pieces.orElseThrow().forEach(piece -> bytes.writeBytes(piece.bytes()));
            return bytes.toByteArray();
        }
    }

    private final Map<String, Node> nodes;

    Tree() {
        this(new TreeMap<>());
    }

    private Tree(Map<String, Node> nodes) {
        this.nodes = nodes;
    }

    /** Whether a path is equal to another or below it. */
    static boolean isWithin(String path, String directory) {
        return path.equals(directory) || path.startsWith(directory + "/");
    }

    static String parent(String path) {
        return path.substring(0, path.lastIndexOf('/'));
    }

    Map<String, Node> nodes() {
        return nodes;
    }

    Optional<Node> at(String path) {
        return Optional.ofNullable(nodes.get(path));
    }

    /** A copy of what is at some paths and below them. */
    Tree fragment(List<String> roots) {
        Tree fragment = new Tree();
        nodes.forEach((path, node) -> {
            if (roots.stream().anyMatch(root -> isWithin(path, root))) {
                fragment.nodes.put(path, node);
            }
        });
        return fragment;
    }

    /** Replaces what is at some paths and below them by a fragment. */
    void replace(List<String> roots, Tree fragment) {
        nodes.keySet().removeIf(path -> roots.stream().anyMatch(root -> isWithin(path, root)));
        nodes.putAll(fragment.nodes);
    }

    Tree with(String path, Node node) {
        Tree changed = new Tree(new TreeMap<>(nodes));
        changed.nodes.put(path, node);
        return changed;
    }

    Tree without(String path) {
        Tree changed = new Tree(new TreeMap<>(nodes));
        changed.nodes.keySet().removeIf(other -> isWithin(other, path));
        return changed;
    }

    /** A copy in which a path and everything below it is renamed, replacing the target. */
    Tree renamed(String from, String to) {
        Tree changed = without(to);
        nodes.forEach((path, node) -> {
            if (isWithin(path, from)) {
                changed.nodes.remove(path);
                changed.nodes.put(to + path.substring(from.length()), node);
            }
        });
        return changed;
    }

    boolean hasChildren(String directory) {
        return nodes.keySet().stream().anyMatch(path -> path.startsWith(directory + "/"));
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Tree tree && nodes.equals(tree.nodes);
    }

    @Override
    public int hashCode() {
        return nodes.hashCode();
    }

    @Override
    public String toString() {
        return nodes.toString();
    }
}
