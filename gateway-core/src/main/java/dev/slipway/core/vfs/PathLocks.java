package dev.slipway.core.vfs;

import dev.slipway.core.state.LockTable;
import dev.slipway.core.store.ObjectKey;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import org.jspecify.annotations.Nullable;

/**
 * Locks on paths, held while a change is published and never while bytes stream. They are keyed by bucket and key
 * rather than by virtual path, since two homes may contain the same objects.
 *
 * <p>A change write-locks the paths that it names and read-locks all their ancestors, so that a directory cannot be
 * renamed or removed while something in it changes. All callers take locks in the same order, by depth and then by
 * name, which excludes deadlocks. Locks are fair, and exist only while somebody holds or awaits them.
 *
 * <p>If several gateways share the state database, a change locks the same paths there, too, once it has those of this
 * gateway. A change takes all of its locks there in one step, so there is still no deadlock.
 */
final class PathLocks {
    private static final Comparator<Node> ORDER =
            Comparator.comparingInt(Node::depth).thenComparing(Node::bucket).thenComparing(Node::path);

    private final ConcurrentHashMap<Node, Entry> entries = new ConcurrentHashMap<>();
    private final @Nullable LockTable shared;

    /** Locks of this gateway alone. */
    PathLocks() {
        this.shared = null;
    }

    /** @param table remains the caller's; not used if no other gateway can have the database open */
    PathLocks(LockTable table) {
        this.shared = table.isNeeded() ? table : null;
    }

    /**
     * A path in a bucket.
     *
     * @param path without a trailing slash; empty for the bucket itself
     */
    private record Node(String bucket, String path, int depth) {}

    private static final class Entry {
        private final ReentrantReadWriteLock lock = new ReentrantReadWriteLock(true);
        private int references;
    }

    /** The held locks; to be closed by the thread that took them. */
    interface Held extends AutoCloseable {
        @Override
        void close();

        /** Some directories were created or removed: to be told before this is closed. */
        default void directoriesChanged() {}

        /** A number that has grown if any gateway has created or removed directories; 0 if there is only one gateway. */
        default long directoryChanges() {
            return 0;
        }
    }

    /** Locks that other gateways respect, with those of this gateway. */
    private record HeldByAll(LockTable.Lock lock, List<Runnable> held) implements Held {
        @Override
        public void close() {
            try {
                lock.close();
            } finally {
                release(held);
            }
        }

        @Override
        public void directoriesChanged() {
            lock.directoriesChanged();
        }

        @Override
        public long directoryChanges() {
            return lock.directoryChanges();
        }
    }

    /**
     * Takes the locks for a change. Blocks.
     *
     * @param keys what is changed; a directory may be given with or without its trailing slash
     * @param wait the longest time to wait for all of them
     * @return null if they could not be taken in time, or the thread was interrupted
     * @throws dev.slipway.core.state.StateException if several gateways share the state database, and it failed
     */
    @Nullable
    Held lock(Collection<ObjectKey> keys, Duration wait) {
        TreeMap<Node, Boolean> nodes = new TreeMap<>(ORDER);
        for (ObjectKey key : keys) {
            addWithAncestors(key, nodes);
        }
        long deadline = System.nanoTime() + wait.toNanos();
        List<Runnable> held = new ArrayList<>();
        for (Map.Entry<Node, Boolean> node : nodes.entrySet()) {
            if (!take(node.getKey(), node.getValue(), deadline, held)) {
                release(held);
                return null;
            }
        }
        return shared == null ? () -> release(held) : lockForAll(shared, nodes, deadline, held);
    }

    /** Takes the locks that keep other gateways away. If that fails, those of this gateway are released. */
    private static @Nullable Held lockForAll(
            LockTable table, Map<Node, Boolean> nodes, long deadline, List<Runnable> held) {
        List<LockTable.Path> paths = nodes.entrySet().stream()
                .map(node ->
                        new LockTable.Path(node.getKey().bucket(), node.getKey().path(), node.getValue()))
                .toList();
        Held taken = null;
        try {
            taken = table.lock(paths, Duration.ofNanos(deadline - System.nanoTime()))
                    .map(lock -> new HeldByAll(lock, held))
                    .orElse(null);
        } finally {
            if (taken == null) {
                release(held);
            }
        }
        return taken;
    }

    private static void addWithAncestors(ObjectKey key, Map<Node, Boolean> nodes) {
        String path = key.key();
        if (path.endsWith("/")) {
            path = path.substring(0, path.length() - 1);
        }
        int depth = 1 + (int) path.chars().filter(c -> c == '/').count();
        nodes.put(new Node(key.bucket(), path, depth), true);
        for (int slash = path.lastIndexOf('/'); slash > 0; slash = path.lastIndexOf('/', slash - 1)) {
            nodes.putIfAbsent(new Node(key.bucket(), path.substring(0, slash), --depth), false);
        }
    }

    private boolean take(Node node, boolean write, long deadline, List<Runnable> held) {
        Entry entry = entries.compute(node, (same, present) -> {
            Entry used = present == null ? new Entry() : present;
            used.references++;
            return used;
        });
        Lock lock = write ? entry.lock.writeLock() : entry.lock.readLock();
        boolean taken = false;
        try {
            taken = lock.tryLock(deadline - System.nanoTime(), TimeUnit.NANOSECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        if (taken) {
            held.add(() -> {
                lock.unlock();
                unreference(node);
            });
        } else {
            unreference(node);
        }
        return taken;
    }

    private void unreference(Node node) {
        entries.computeIfPresent(node, (same, entry) -> --entry.references == 0 ? null : entry);
    }

    private static void release(List<Runnable> held) {
        for (Runnable release : held.reversed()) {
            release.run();
        }
    }

    /** How many paths are locked or awaited; 0 at rest. */
    int size() {
        return entries.size();
    }
}
