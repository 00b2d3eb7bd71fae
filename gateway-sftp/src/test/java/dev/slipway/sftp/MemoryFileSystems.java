package dev.slipway.sftp;

import dev.slipway.core.Failure;
import dev.slipway.core.VfsException;
import dev.slipway.core.VirtualPath;
import dev.slipway.core.account.Account;
import dev.slipway.core.vfs.CreateMode;
import dev.slipway.core.vfs.EntryCursor;
import dev.slipway.core.vfs.FileDownload;
import dev.slipway.core.vfs.FileEntry;
import dev.slipway.core.vfs.FileSystems;
import dev.slipway.core.vfs.FileUpload;
import dev.slipway.core.vfs.RenameMode;
import dev.slipway.core.vfs.VirtualFileSystem;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * A file system in memory that keeps the contract of the interfaces, one for all accounts. It can be made unreachable,
 * and its commits can be held up.
 */
final class MemoryFileSystems implements FileSystems, VirtualFileSystem {
    private static final int REORDER_LIMIT = 8 * 1024 * 1024;

    private static final class Node {
        private final byte @Nullable [] content;
        private final Instant modified;

        Node(byte @Nullable [] content, Instant modified) {
            this.content = content;
            this.modified = modified;
        }

        byte @Nullable [] content() {
            return content;
        }

        Instant modified() {
            return modified;
        }

        boolean isDirectory() {
            return content == null;
        }
    }

    private final NavigableMap<VirtualPath, Node> nodes = new ConcurrentSkipListMap<>();
    private final AtomicInteger openUploads = new AtomicInteger();
    private final AtomicInteger openDownloads = new AtomicInteger();
    private final AtomicInteger committing = new AtomicInteger();
    private volatile boolean unreachable;
    private volatile CountDownLatch commitGate = new CountDownLatch(0);

    MemoryFileSystems() {
        nodes.put(VirtualPath.ROOT, new Node(null, now()));
    }

    /** Every call from now on, or no longer, fails as if the store could not be reached. */
    void unreachable(boolean value) {
        unreachable = value;
    }

    /** Commits wait for the latch from now on. */
    void holdCommits(CountDownLatch gate) {
        commitGate = gate;
    }

    int openUploads() {
        return openUploads.get();
    }

    int openDownloads() {
        return openDownloads.get();
    }

    /** The commits that are under way. */
    int committing() {
        return committing.get();
    }

    /** The content of a file; null if there is none. */
    byte @Nullable [] content(String path) {
        try {
            Node node = nodes.get(VirtualPath.parse(path));
            return node == null ? null : node.content();
        } catch (VfsException e) {
            throw new IllegalArgumentException(e);
        }
    }

    void put(String path, byte[] content) {
        try {
            nodes.put(VirtualPath.parse(path), new Node(content.clone(), now()));
        } catch (VfsException e) {
            throw new IllegalArgumentException(e);
        }
    }

    @Override
    public VirtualFileSystem open(Account account) {
        return this;
    }

    private static Instant now() {
        return Instant.now().truncatedTo(ChronoUnit.SECONDS);
    }

    private static VfsException failure(Failure failure, VirtualPath path, String what) {
        return new VfsException(failure, path, path + " " + what);
    }

    private void reach(VirtualPath path) throws VfsException {
        if (unreachable) {
            throw new VfsException(Failure.UNAVAILABLE, path, "The store cannot be reached at the moment.");
        }
    }

    private Node node(VirtualPath path) throws VfsException {
        reach(path);
        Node node = nodes.get(path);
        if (node == null) {
            throw failure(Failure.NOT_FOUND, path, "does not exist.");
        }
        return node;
    }

    private Node file(VirtualPath path) throws VfsException {
        Node node = node(path);
        if (node.isDirectory()) {
            throw failure(Failure.IS_A_DIRECTORY, path, "is a directory.");
        }
        return node;
    }

    private void directory(VirtualPath path) throws VfsException {
        if (!node(path).isDirectory()) {
            throw failure(Failure.NOT_A_DIRECTORY, path, "is not a directory.");
        }
    }

    private static FileEntry entry(VirtualPath path, Node node) {
        byte[] content = node.content();
        return new FileEntry(path, content == null, content == null ? 0 : content.length, node.modified(), true);
    }

    private List<VirtualPath> below(VirtualPath directory) {
        return nodes.keySet().stream()
                .filter(path -> !path.equals(directory) && path.startsWith(directory))
                .toList();
    }

    @Override
    public FileEntry stat(VirtualPath path) throws VfsException {
        return entry(path, node(path));
    }

    @Override
    public EntryCursor list(VirtualPath directory) throws VfsException {
        directory(directory);
        List<FileEntry> children = new ArrayList<>();
        for (Map.Entry<VirtualPath, Node> each : nodes.entrySet()) {
            if (!each.getKey().isRoot() && each.getKey().parent().equals(directory)) {
                children.add(entry(each.getKey(), each.getValue()));
            }
        }
        return new EntryCursor() {
            private int position;

            @Override
            public List<FileEntry> next(int limit) throws VfsException {
                reach(directory);
                int end = Math.min(children.size(), position + limit);
                List<FileEntry> page = children.subList(position, end);
                position = end;
                return page;
            }
        };
    }

    @Override
    public FileDownload open(VirtualPath file) throws VfsException {
        Node node = file(file);
        byte[] content = node.content() == null ? new byte[0] : node.content();
        openDownloads.incrementAndGet();
        return new FileDownload() {
            private boolean closed;

            @Override
            public FileEntry entry() {
                return MemoryFileSystems.entry(file, node);
            }

            @Override
            public int read(long offset, ByteBuffer target) throws VfsException {
                reach(file);
                if (offset >= content.length) {
                    return -1;
                }
                // Short reads are allowed, and a server must cope with them.
                int count = Math.min(Math.min(target.remaining(), 10_000), content.length - (int) offset);
                target.put(content, (int) offset, count);
                return count;
            }

            @Override
            public synchronized void close() {
                if (!closed) {
                    closed = true;
                    openDownloads.decrementAndGet();
                }
            }
        };
    }

    @Override
    public FileUpload create(VirtualPath file, CreateMode mode, boolean mayWait) throws VfsException {
        directory(file.parent());
        checkTarget(file, mode);
        return new Upload(file, mode);
    }

    private void checkTarget(VirtualPath file, CreateMode mode) throws VfsException {
        Node present = nodes.get(file);
        if (present != null && present.isDirectory()) {
            throw failure(Failure.IS_A_DIRECTORY, file, "is a directory.");
        }
        if (present != null && mode == CreateMode.NEW) {
            throw failure(Failure.ALREADY_EXISTS, file, "exists.");
        }
    }

    private final class Upload implements FileUpload {
        private final VirtualPath file;
        private final CreateMode mode;
        private final ByteArrayOutputStream content = new ByteArrayOutputStream();
        private final TreeMap<Long, byte[]> ahead = new TreeMap<>();
        private @Nullable Instant modified;
        private boolean over;

        Upload(VirtualPath file, CreateMode mode) {
            this.file = file;
            this.mode = mode;
            openUploads.incrementAndGet();
        }

        @Override
        public synchronized void write(long offset, ByteBuffer data) throws VfsException {
            reach(file);
            if (over) {
                throw failure(Failure.ABORTED, file, "is no longer being uploaded.");
            }
            if (offset < content.size() || offset > content.size() + REORDER_LIMIT) {
                throw failure(Failure.UNSUPPORTED, file, "must be uploaded in order.");
            }
            byte[] bytes = new byte[data.remaining()];
            data.get(bytes);
            ahead.put(offset, bytes);
            while (!ahead.isEmpty() && ahead.firstKey() == content.size()) {
                content.writeBytes(ahead.pollFirstEntry().getValue());
            }
        }

        @Override
        public synchronized FileEntry entry() {
            return new FileEntry(file, false, content.size(), modified == null ? now() : modified, true);
        }

        @Override
        public synchronized void setModified(Instant value) {
            modified = value;
        }

        @Override
        public FileEntry commit() throws VfsException {
            committing.incrementAndGet();
            try {
                commitGate.await();
                return store();
            } catch (InterruptedException e) {
                throw failure(Failure.ABORTED, file, "was interrupted.");
            } finally {
                committing.decrementAndGet();
            }
        }

        private synchronized FileEntry store() throws VfsException {
            reach(file);
            if (over) {
                throw failure(Failure.ABORTED, file, "is no longer being uploaded.");
            }
            if (!ahead.isEmpty()) {
                throw failure(Failure.INTEGRITY, file, "has a gap.");
            }
            checkTarget(file, mode);
            Node node = new Node(content.toByteArray(), modified == null ? now() : modified);
            nodes.put(file, node);
            close();
            return MemoryFileSystems.entry(file, node);
        }

        @Override
        public synchronized void close() {
            if (!over) {
                over = true;
                openUploads.decrementAndGet();
            }
        }
    }

    @Override
    public long largestFile() {
        return Integer.MAX_VALUE;
    }

    @Override
    public synchronized void rename(VirtualPath from, VirtualPath to, RenameMode mode) throws VfsException {
        Node source = node(from);
        directory(to.parent());
        if (to.startsWith(from)) {
            throw failure(Failure.NAME_INVALID, to, "lies within " + from + ".");
        }
        Node target = nodes.get(to);
        if (target != null) {
            if (mode == RenameMode.KEEP_TARGET) {
                throw failure(Failure.ALREADY_EXISTS, to, "exists.");
            }
            if (target.isDirectory() != source.isDirectory()) {
                throw failure(
                        target.isDirectory() ? Failure.IS_A_DIRECTORY : Failure.NOT_A_DIRECTORY, to, "is in the way.");
            }
            if (!below(to).isEmpty()) {
                throw failure(Failure.DIRECTORY_NOT_EMPTY, to, "is not empty.");
            }
        }
        for (VirtualPath path : below(from)) {
            VirtualPath moved = to;
            for (String name : path.segments()
                    .subList(from.segments().size(), path.segments().size())) {
                moved = moved.child(name);
            }
            Node node = nodes.remove(path);
            if (node != null) {
                nodes.put(moved, node);
            }
        }
        nodes.remove(from);
        nodes.put(to, source);
    }

    @Override
    public void delete(VirtualPath file) throws VfsException {
        file(file);
        nodes.remove(file);
    }

    @Override
    public void mkdir(VirtualPath directory) throws VfsException {
        directory(directory.parent());
        if (nodes.putIfAbsent(directory, new Node(null, now())) != null) {
            throw failure(Failure.ALREADY_EXISTS, directory, "exists.");
        }
    }

    @Override
    public void rmdir(VirtualPath directory) throws VfsException {
        directory(directory);
        if (!below(directory).isEmpty()) {
            throw failure(Failure.DIRECTORY_NOT_EMPTY, directory, "is not empty.");
        }
        nodes.remove(directory);
    }

    @Override
    public void setModified(VirtualPath path, Instant modified) throws VfsException {
        nodes.put(path, new Node(node(path).content(), modified.truncatedTo(ChronoUnit.SECONDS)));
    }
}
