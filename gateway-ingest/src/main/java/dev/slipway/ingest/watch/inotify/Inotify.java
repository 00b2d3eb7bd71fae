package dev.slipway.ingest.watch.inotify;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import java.io.BufferedReader;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.function.Consumer;

/**
 * An inotify instance of Linux: it reports changes in directories. See inotify(7). Any thread may add and remove watches,
 * while one platform thread is in {@link #read}.
 */
public final class Inotify implements AutoCloseable {
    /** A file that was open for writing was closed. */
    public static final int CLOSE_WRITE = 0x8;

    /** A file or directory has left the directory. */
    public static final int MOVED_FROM = 0x40;

    /** A file or directory has come into the directory. */
    public static final int MOVED_TO = 0x80;

    /** A file or directory was created. */
    public static final int CREATE = 0x100;

    /** The watched directory itself was deleted. */
    public static final int DELETE_SELF = 0x400;

    /** The watched directory itself was renamed. */
    public static final int MOVE_SELF = 0x800;

    /** The file system was unmounted. Reported without being asked for, as those that follow. */
    public static final int UNMOUNT = 0x2000;

    /** Events were lost; belongs to no watch. */
    public static final int OVERFLOW = 0x4000;

    /** The watch has ended. */
    public static final int IGNORED = 0x8000;

    /** The event is about a directory. */
    public static final int IS_DIRECTORY = 0x4000_0000;

    private static final int DONT_FOLLOW = 0x200_0000;
    private static final int ONLY_DIRECTORIES = 0x100_0000;
    private static final int NO_UNLINKED = 0x400_0000;
    private static final int MASK =
            CLOSE_WRITE | MOVED_FROM | MOVED_TO | CREATE | DELETE_SELF | MOVE_SELF | ONLY_DIRECTORIES | NO_UNLINKED;

    private static final int CLOSE_ON_EXEC = 0x8_0000;
    private static final int NON_BLOCKING = 0x800;
    private static final short READABLE = 1;

    /** Some hundred events with names of usual length. */
    private static final int BUFFER = 64 << 10;

    /** The length of an event without its name. */
    private static final int HEADER = 16;

    private static final Path LIMITS = Path.of("/proc/sys/fs/inotify");

    private final int descriptor;
    private final int wakeUp;

    /** Descriptors are used while this is held for reading, and closed while it is held for writing. */
    private final ReentrantReadWriteLock use = new ReentrantReadWriteLock();

    private boolean closed;

    /**
     * A change.
     *
     * @param watch what {@link #add} returned; -1 for {@link #OVERFLOW}
     * @param mask what happened: some of the constants of this class
     * @param name the file or directory in the watched directory; empty if the event is about that directory itself
     */
    public record Event(int watch, int mask, String name) {
        /** Whether any of the bits are set. */
        public boolean has(int bits) {
            return (mask & bits) != 0;
        }
    }

    private Inotify(int descriptor, int wakeUp) {
        this.descriptor = descriptor;
        this.wakeUp = wakeUp;
    }

    /** Whether this machine has inotify. */
    public static boolean isAvailable() {
        return System.getProperty("os.name", "").toLowerCase(Locale.ROOT).equals("linux");
    }

    /**
     * Makes an instance.
     *
     * @throws LinuxException if the kernel refuses; the message names the setting of a limit that was reached
     */
    public static Inotify open() throws LinuxException {
        int descriptor;
        try {
            descriptor = LinuxCalls.inotifyInit(CLOSE_ON_EXEC | NON_BLOCKING);
        } catch (LinuxException e) {
            throw e.errno() == LinuxException.EMFILE
                    ? new LinuxException(
                            "the user of this process has as many inotify instances as the kernel allows: raise"
                                    + " fs.inotify.max_user_instances"
                                    + now("max_user_instances") + ", or the limit of open files",
                            e)
                    : e;
        }
        try {
            return new Inotify(descriptor, LinuxCalls.eventDescriptor(CLOSE_ON_EXEC | NON_BLOCKING));
        } catch (LinuxException e) {
            LinuxCalls.close(descriptor);
            throw e;
        }
    }

    private static String now(String limit) {
        // In one piece: the kernel ends such a file after the first read.
        try (BufferedReader value = Files.newBufferedReader(LIMITS.resolve(limit))) {
            return " (now " + value.readLine() + ")";
        } catch (IOException _) {
            return "";
        }
    }

    /**
     * Watches a directory, not what is below it. Does nothing if it is watched already.
     *
     * @param followsLink whether a symbolic link counts as the directory that it leads to; otherwise it is refused
     * @return the watch: the same for the same directory, whatever its name
     * @throws LinuxException if it is no directory, may not be read, or the kernel's limit is reached, which the message
     *     then names
     * @throws IllegalStateException if this is closed
     */
    public int add(Path directory, boolean followsLink) throws LinuxException {
        use.readLock().lock();
        try {
            requireOpen();
            return LinuxCalls.inotifyAdd(descriptor, directory.toString(), followsLink ? MASK : MASK | DONT_FOLLOW);
        } catch (LinuxException e) {
            throw e.errno() == LinuxException.ENOSPC
                    ? new LinuxException(
                            "the user of this process watches as many folders as the kernel allows: raise"
                                    + " fs.inotify.max_user_watches" + now("max_user_watches"),
                            e)
                    : e;
        } finally {
            use.readLock().unlock();
        }
    }

    /** Ends a watch; {@link #IGNORED} is its last event. Does nothing if it has ended. */
    public void remove(int watch) {
        use.readLock().lock();
        try {
            if (!closed) {
                LinuxCalls.inotifyRemove(descriptor, watch);
            }
        } catch (LinuxException _) {
            // The directory was deleted.
        } finally {
            use.readLock().unlock();
        }
    }

    /**
     * Reports events in their order until this is closed. Blocks.
     *
     * @param events called for each
     * @throws LinuxException if events cannot be read
     */
    public void read(Consumer<Event> events) throws LinuxException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment buffer = arena.allocate(BUFFER, 8);
            MemorySegment both = arena.allocate(16, 4);
            both.set(JAVA_INT, 0, descriptor);
            both.set(JAVA_SHORT, 4, READABLE);
            both.set(JAVA_INT, 8, wakeUp);
            both.set(JAVA_SHORT, 12, READABLE);
            while (true) {
                int length;
                use.readLock().lock();
                try {
                    if (closed) {
                        return;
                    }
                    LinuxCalls.poll(both, 2);
                    if (both.get(JAVA_SHORT, 14) != 0) {
                        return;
                    }
                    length = LinuxCalls.read(descriptor, buffer);
                } finally {
                    use.readLock().unlock();
                }
                parse(buffer.asSlice(0, length), events);
            }
        }
    }

    private static void parse(MemorySegment buffer, Consumer<Event> events) {
        for (long at = 0; at < buffer.byteSize(); ) {
            int space = buffer.get(JAVA_INT, at + 12);
            events.accept(new Event(
                    buffer.get(JAVA_INT, at), buffer.get(JAVA_INT, at + 4), name(buffer.asSlice(at + HEADER, space))));
            at += HEADER + space;
        }
    }

    /** The name is padded with NULs. */
    private static String name(MemorySegment padded) {
        byte[] bytes = padded.toArray(JAVA_BYTE);
        int length = 0;
        while (length < bytes.length && bytes[length] != 0) {
            length++;
        }
        return new String(bytes, 0, length, LinuxCalls.NAMES);
    }

    private void requireOpen() {
        if (closed) {
            throw new IllegalStateException("inotify is closed");
        }
    }

    /** Ends {@link #read} and all watches. */
    @Override
    public void close() {
        try {
            use.readLock().lock();
            try {
                if (!closed) {
                    LinuxCalls.wake(wakeUp);
                }
            } finally {
                use.readLock().unlock();
            }
        } catch (LinuxException e) {
            throw new IllegalStateException("the thread that reads events cannot be woken", e);
        }
        use.writeLock().lock();
        try {
            if (!closed) {
                closed = true;
                LinuxCalls.close(descriptor);
                LinuxCalls.close(wakeUp);
            }
        } finally {
            use.writeLock().unlock();
        }
    }
}
