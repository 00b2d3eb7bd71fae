package dev.slipway.app.model;

import dev.slipway.core.Failure;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The rules of docs/reference/semantics.md in memory, for an account that has all permissions and resumes its uploads
 * (policy {@code stat}). Paths start with a slash; the root, which always exists, is the empty path.
 */
final class ReferenceFileSystem {
    /** Part size in bytes: the stored size of an interrupted upload is a multiple of it. */
    static final int PART = 5 << 20;

    /** Stands for the time of the change itself; no client sets it. */
    private static final long NOW = -1;

    /** A refusal by the model, and its reason. */
    static final class Refusal extends Exception {
        private static final long serialVersionUID = 1L;

        private final Failure failure;

        private Refusal(Failure failure) {
            super(failure.name());
            this.failure = failure;
        }

        Failure failure() {
            return failure;
        }
    }

    /** A file or, without bytes, a directory. */
    private static final class Node {
        private final byte @Nullable [] bytes;
        private final long time;

        private Node(byte @Nullable [] bytes, long time) {
            this.bytes = bytes;
            this.time = time;
        }

        boolean isDirectory() {
            return bytes == null;
        }

        byte[] content() {
            if (bytes == null) {
                throw new IllegalStateException("a directory");
            }
            return bytes;
        }

        Node at(long newTime) {
            return new Node(bytes, newTime);
        }
    }

    /** The stored bytes of an interrupted upload. */
    private static final class Kept {
        private final byte[] bytes;

        /** Whether the file must not exist when the upload ends. */
        private final boolean isNew;

        private Kept(byte[] bytes, boolean isNew) {
            this.bytes = bytes;
            this.isNew = isNew;
        }
    }

    private final TreeMap<String, Node> nodes = new TreeMap<>();
    private final TreeMap<String, Kept> kept = new TreeMap<>();

    // ---- queries

    private @Nullable Node at(String path) {
        return path.isEmpty() ? new Node(null, NOW) : nodes.get(path);
    }

    private static String parent(String path) {
        return path.substring(0, path.lastIndexOf('/'));
    }

    private boolean hasChildren(String directory) {
        return nodes.keySet().stream().anyMatch(path -> parent(path).equals(directory));
    }

    /** The upload that the account sees in place of the file: an empty one only if there is a file. */
    private @Nullable Kept seen(String path) {
        Kept upload = kept.get(path);
        Node node = at(path);
        if (upload == null || (node != null && node.isDirectory())) {
            return null;
        }
        return node != null || upload.bytes.length > 0 ? upload : null;
    }

    String stat(String path) throws Refusal {
        Kept upload = seen(path);
        if (upload != null) {
            return Answers.file(upload.bytes.length, Answers.time(OptionalLong.empty()));
        }
        return describe(existing(path));
    }

    private static String describe(Node node) {
        return node.isDirectory() ? Answers.directory(time(node)) : Answers.file(node.content().length, time(node));
    }

    private static String time(Node node) {
        return node.time == NOW ? "now" : "time " + node.time;
    }

    private Node existing(String path) throws Refusal {
        Node node = at(path);
        if (node == null) {
            throw new Refusal(Failure.NOT_FOUND);
        }
        return node;
    }

    /** The bytes of a complete file. */
    private byte[] file(String path) throws Refusal {
        if (seen(path) != null) {
            throw new Refusal(Failure.BUSY);
        }
        Node node = existing(path);
        if (node.isDirectory()) {
            throw new Refusal(Failure.IS_A_DIRECTORY);
        }
        return node.content();
    }

    /** FTP's SIZE. */
    String size(String path) throws Refusal {
        Kept upload = seen(path);
        if (upload != null) {
            return "size " + upload.bytes.length;
        }
        Node node = existing(path);
        if (node.isDirectory()) {
            throw new Refusal(Failure.IS_A_DIRECTORY);
        }
        return "size " + node.content().length;
    }

    /** FTP's MDTM. */
    String modified(String path) throws Refusal {
        if (seen(path) != null) {
            // 550, as for files on any other server without times.
            throw new Refusal(Failure.NOT_FOUND);
        }
        return time(existing(path));
    }

    String list(String directory) throws Refusal {
        if (!existing(directory).isDirectory()) {
            throw new Refusal(Failure.NOT_A_DIRECTORY);
        }
        List<String> entries = new ArrayList<>();
        nodes.forEach((path, node) -> {
            if (parent(path).equals(directory)) {
                entries.add(Answers.entry(path.substring(directory.length() + 1), describe(node)));
            }
        });
        return Answers.listing(entries);
    }

    byte[] get(String path) throws Refusal {
        return file(path);
    }

    // ---- uploads

    /** All refusals before the first byte. */
    private void check(String path, boolean isNew) throws Refusal {
        Node node = at(path);
        if (node != null && node.isDirectory() && !isNew) {
            throw new Refusal(Failure.IS_A_DIRECTORY);
        }
        if (node != null && isNew) {
            throw new Refusal(Failure.ALREADY_EXISTS);
        }
        requireParent(path);
    }

    private void requireParent(String path) throws Refusal {
        String directory = parent(path);
        Node node = at(directory);
        if (node != null && node.isDirectory()) {
            return;
        }
        for (String above = directory; !above.isEmpty(); above = parent(above)) {
            Node obstacle = at(above);
            if (obstacle != null && !obstacle.isDirectory()) {
                throw new Refusal(Failure.NOT_A_DIRECTORY);
            }
        }
        throw new Refusal(Failure.NOT_FOUND);
    }

    /** Begins an upload at its first byte. */
    private void begin(String path, boolean isNew) throws Refusal {
        if (isNew && seen(path) != null) {
            throw new Refusal(Failure.ALREADY_EXISTS);
        }
        check(path, isNew);
        kept.remove(path);
    }

    void put(String path, byte[] content, boolean isNew) throws Refusal {
        begin(path, isNew);
        nodes.put(path, new Node(content, NOW));
    }

    /** An upload that was interrupted after this many bytes. */
    void cut(String path, byte[] sent, boolean isNew) throws Refusal {
        begin(path, isNew);
        keep(path, sent, 0, isNew);
    }

    /**
     * An upload in progress, with this many bytes, when the gateway was killed: it is unknown whether more were sent.
     */
    void kill(String path, byte[] sent) throws Refusal {
        begin(path, false);
        int whole = sent.length / PART * PART;
        keep(path, Arrays.copyOf(sent, whole), 0, false);
    }

    private void keep(String path, byte[] bytes, int start, boolean isNew) {
        int whole = bytes.length / PART * PART;
        if (whole == bytes.length && whole > start) {
            // A client that got no answer must not believe that its file is stored.
            whole -= PART;
        }
        kept.put(path, new Kept(Arrays.copyOf(bytes, whole), isNew));
    }

    /** The upload that a resume continues; null if there is none. */
    private @Nullable Kept resumed(String path) throws Refusal {
        Kept upload = seen(path);
        if (upload != null) {
            check(path, upload.isNew);
        }
        return upload;
    }

    private static byte[] joined(byte[] first, byte[] second) {
        byte[] all = Arrays.copyOf(first, first.length + second.length);
        System.arraycopy(second, 0, all, first.length, second.length);
        return all;
    }

    /** What a client does to continue at the end: an open without truncation, APPE. */
    void resume(String path, byte[] more, boolean isCut) throws Refusal {
        Kept upload = resumed(path);
        if (upload == null) {
            Node node = at(path);
            if (node != null && !node.isDirectory()) {
                // The file changes when all bytes have arrived, so nothing is kept of less than a part.
                if (!isCut) {
                    nodes.put(path, new Node(joined(node.content(), more), NOW));
                }
                return;
            }
            begin(path, node == null);
            end(path, new Kept(new byte[0], node == null), more, isCut);
        } else {
            end(path, upload, more, isCut);
        }
    }

    /** Whether a file exists and no interrupted upload hides it. */
    boolean isWhole(String path) {
        Node node = at(path);
        return node != null && !node.isDirectory() && !kept.containsKey(path);
    }

    /**
     * Resumes at an offset, or overwrites a file from there on: REST and STOR.
     *
     * @return false if nothing ends at that offset
     */
    boolean resumeAt(String path, int offset, byte[] more) throws Refusal {
        Kept upload = resumed(path);
        if (upload != null) {
            if (upload.bytes.length < offset) {
                return false;
            }
            end(path, new Kept(Arrays.copyOf(upload.bytes, offset), upload.isNew), more, false);
            return true;
        }
        Node node = at(path);
        if (node == null) {
            return false;
        }
        byte[] old = file(path);
        if (old.length < offset) {
            return false;
        }
        byte[] changed = Arrays.copyOf(old, Math.max(old.length, offset + more.length));
        System.arraycopy(more, 0, changed, offset, more.length);
        nodes.put(path, new Node(changed, NOW));
        return true;
    }

    private void end(String path, Kept upload, byte[] more, boolean isCut) {
        byte[] all = joined(upload.bytes, more);
        if (isCut) {
            keep(path, all, upload.bytes.length, upload.isNew);
        } else {
            kept.remove(path);
            nodes.put(path, new Node(all, NOW));
        }
    }

    // ---- changes

    void mkdir(String path) throws Refusal {
        if (at(path) != null || seen(path) != null) {
            throw new Refusal(Failure.ALREADY_EXISTS);
        }
        requireParent(path);
        nodes.put(path, new Node(null, NOW));
    }

    void rmdir(String path) throws Refusal {
        if (!existing(path).isDirectory()) {
            throw new Refusal(Failure.NOT_A_DIRECTORY);
        }
        if (hasChildren(path)) {
            throw new Refusal(Failure.DIRECTORY_NOT_EMPTY);
        }
        nodes.remove(path);
    }

    void delete(String path) throws Refusal {
        Node node = at(path);
        if (node == null && seen(path) == null) {
            throw new Refusal(Failure.NOT_FOUND);
        }
        if (node != null && node.isDirectory()) {
            throw new Refusal(Failure.IS_A_DIRECTORY);
        }
        nodes.remove(path);
        kept.remove(path);
    }

    void touch(String path, long seconds) throws Refusal {
        if (seen(path) != null) {
            throw new Refusal(Failure.BUSY);
        }
        nodes.put(path, existing(path).at(seconds));
    }

    void rename(String from, String to, boolean replace) throws Refusal {
        if (to.startsWith(from + "/")) {
            throw new Refusal(Failure.NAME_INVALID);
        }
        if (seen(from) != null) {
            throw new Refusal(Failure.BUSY);
        }
        Node source = existing(from);
        if (from.equals(to)) {
            return;
        }
        Node target = at(to);
        if (target != null) {
            checkReplaced(source, to, target, replace);
        }
        requireParent(to);
        for (String path : List.copyOf(nodes.keySet())) {
            if (path.equals(from) || path.startsWith(from + "/")) {
                Node moved = nodes.remove(path);
                if (moved != null) {
                    nodes.put(to + path.substring(from.length()), moved);
                }
            }
        }
        kept.remove(to);
    }

    private void checkReplaced(Node source, String to, Node target, boolean replace) throws Refusal {
        if (!replace) {
            throw new Refusal(Failure.ALREADY_EXISTS);
        }
        if (!source.isDirectory() && target.isDirectory()) {
            throw new Refusal(Failure.IS_A_DIRECTORY);
        }
        if (source.isDirectory() && !target.isDirectory()) {
            throw new Refusal(Failure.NOT_A_DIRECTORY);
        }
        if (source.isDirectory() && hasChildren(to)) {
            throw new Refusal(Failure.DIRECTORY_NOT_EMPTY);
        }
    }

    void copy(String from, String to, boolean isNew) throws Refusal {
        byte[] bytes = file(from);
        if (from.equals(to)) {
            throw new Refusal(Failure.NAME_INVALID);
        }
        check(to, isNew);
        nodes.put(to, new Node(bytes, existing(from).time));
        kept.remove(to);
    }

    /** SITE CPFR: the source must exist, even if only as an interrupted upload. */
    void requireFile(String path) throws Refusal {
        if (seen(path) == null && existing(path).isDirectory()) {
            throw new Refusal(Failure.IS_A_DIRECTORY);
        }
    }

    /** A copy that begins like an upload. */
    void copyData(String from, String to) throws Refusal {
        byte[] bytes = file(from);
        long time = existing(from).time;
        begin(to, false);
        if (from.equals(to)) {
            throw new Refusal(Failure.NAME_INVALID);
        }
        nodes.put(to, new Node(bytes, time));
    }

    /** An upload that began during an outage and lost all bytes. */
    void beginAndLoseAll(String path) {
        kept.put(path, new Kept(new byte[0], false));
    }

    /** An upload that was lost when the gateway was killed. */
    void forgetUpload(String path) {
        kept.remove(path);
    }

    // ---- for comparisons

    /** All files and directories. */
    List<String> paths() {
        return List.copyOf(nodes.keySet());
    }

    boolean isDirectory(String path) {
        Node node = at(path);
        return node != null && node.isDirectory();
    }

    /** The paths of interrupted uploads with stored parts. */
    List<String> keptUploads() {
        return kept.entrySet().stream()
                .filter(entry -> entry.getValue().bytes.length > 0)
                .map(Map.Entry::getKey)
                .toList();
    }

    /** Whether there is an interrupted upload of this path. */
    boolean isKept(String path) {
        return kept.containsKey(path);
    }
}
