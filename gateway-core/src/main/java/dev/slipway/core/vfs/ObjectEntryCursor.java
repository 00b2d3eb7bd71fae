package dev.slipway.core.vfs;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import dev.slipway.core.Failure;
import dev.slipway.core.PosixAttributes;
import dev.slipway.core.VfsException;
import dev.slipway.core.VirtualPath;
import dev.slipway.core.store.InterruptedUpload;
import dev.slipway.core.store.MemorySlot;
import dev.slipway.core.store.ObjectInfo;
import dev.slipway.core.store.ObjectKey;
import dev.slipway.core.store.ObjectPage;
import dev.slipway.core.store.ObjectStore;
import dev.slipway.core.store.StoreException;
import dev.slipway.core.vfs.Mounts.ObjectLocation;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Pages through a directory: what the store lists under its prefix, and the mounts that lie in it. */
final class ObjectEntryCursor implements EntryCursor {
    private static final int PAGE = 1000;

    /** Heap for an entry: the entry itself, its path, its time and their slots in collections. */
    private static final int ENTRY_BYTES = 256;

    private final AccountAccess access;
    private final InterruptedLookup interruptions;
    private final ObjectFileSystems shared;
    private final VirtualPath directory;
    private final @Nullable ObjectLocation location;
    private final Set<String> mounted;

    private ArrayDeque<FileEntry> ready = new ArrayDeque<>();

    /** The memory of the page that was fetched last. */
    @GuardedBy("this")
    private @Nullable MemorySlot slot;

    @GuardedBy("this")
    private boolean closed;

    /** Whether a page had to be dropped, so that the listing has a gap. */
    private boolean broken;

    /** Interrupted uploads to show, by name; a name is removed once it was shown. */
    private @Nullable Map<String, InterruptedUpload> interrupted;

    /**
     * Files that may still hide a directory of the same name on a later page: in every listing order, all keys between
     * {@code a} and {@code a/} start with {@code a}.
     */
    private List<String> files = new ArrayList<>();

    private @Nullable String cursor;
    private boolean more;

    /** A cursor over a directory that exists only because mounts lie below it. */
    ObjectEntryCursor(
            AccountAccess access,
            InterruptedLookup interruptions,
            ObjectFileSystems shared,
            VirtualPath directory,
            Collection<String> mounted) {
        this(access, interruptions, shared, directory, null, mounted);
    }

    ObjectEntryCursor(
            AccountAccess access,
            InterruptedLookup interruptions,
            ObjectFileSystems shared,
            ObjectLocation location,
            Collection<String> mounted) {
        this(access, interruptions, shared, location.path(), location, mounted);
    }

    private ObjectEntryCursor(
            AccountAccess access,
            InterruptedLookup interruptions,
            ObjectFileSystems shared,
            VirtualPath directory,
            @Nullable ObjectLocation location,
            Collection<String> mounted) {
        this.access = access;
        this.interruptions = interruptions;
        this.shared = shared;
        this.directory = directory;
        this.location = location;
        this.mounted = Set.copyOf(mounted);
        this.more = location != null;
        for (String name : mounted) {
            ready.add(new FileEntry(directory.child(name), true, 0, Instant.EPOCH, false));
        }
    }

    /** Fetches the first page. Returns whether the store has any key under the prefix, a marker included. */
    boolean fetchFirst() throws StoreException {
        return location != null && fetch(location);
    }

    @Override
    public List<FileEntry> next(int limit) throws VfsException {
        return FailureReports.reporting(directory, () -> {
            access.requireListableNow(directory, location);
            if (broken) {
                throw busy();
            }
            while (ready.isEmpty() && more && location != null) {
                fetch(location);
            }
            if (ready.isEmpty()) {
                hold(null);
                ready = new ArrayDeque<>(0);
            }
            List<FileEntry> entries = new ArrayList<>(Math.min(limit, ready.size()));
            while (entries.size() < limit && !ready.isEmpty()) {
                entries.add(ready.remove());
            }
            return entries;
        });
    }

    @Override
    public synchronized void close() {
        closed = true;
        hold(null);
    }

    private synchronized void hold(@Nullable MemorySlot memory) {
        MemorySlot before = slot;
        slot = closed ? null : memory;
        if (before != null) {
            before.close();
        }
        if (closed && memory != null) {
            memory.close();
        }
    }

    /** Reserves memory for the page that was fetched, or drops it. */
    private void keepPage() throws StoreException {
        hold(null);
        if (!ready.isEmpty()) {
            reserve(ready.stream().mapToLong(ObjectEntryCursor::cost).sum());
        }
    }

    private void reserve(long bytes) throws StoreException {
        Optional<MemorySlot> memory = shared.memory.listings().tryAdmit(access.name(), bytes);
        if (memory.isEmpty()) {
            ready = new ArrayDeque<>();
            broken = true;
            throw busy();
        }
        hold(memory.get());
    }

    private static StoreException busy() {
        return new StoreException(
                Failure.BUSY,
                "The memory for listings is in use. List fewer directories at the same time, or try again later.");
    }

    /** The heap that an entry takes, in bytes: itself, its name, and the parts of its path that it does not share. */
    private static long cost(FileEntry entry) {
        return ENTRY_BYTES
                + 2L * entry.name().length()
                + (long) Long.BYTES * entry.path().segments().size();
    }

    private boolean fetch(ObjectLocation from) throws StoreException {
        boolean fetched = false;
        try {
            boolean any = fetchPage(from);
            fetched = true;
            return any;
        } finally {
            if (!fetched) {
                hold(null);
            }
        }
    }

    private boolean fetchPage(ObjectLocation from) throws StoreException {
        Map<String, InterruptedUpload> uploads = interrupted;
        if (uploads == null) {
            uploads = interruptions.inDirectory(from);
            interrupted = uploads;
        }
        // The previous page was sent. Do not ask the store unless there is memory for the smallest page.
        hold(null);
        reserve(1);
        ObjectPage page = shared.store(from.mount()).list(from.mount().bucket(), from.prefix(), true, cursor, PAGE);
        cursor = page.next();
        more = cursor != null;
        List<ObjectInfo> shown = new ArrayList<>();
        Set<String> names = new HashSet<>(files);
        for (ObjectInfo object : page.objects()) {
            String name = object.key().key().substring(from.prefix().length());
            // Hide the directory's own marker, and names that clients cannot use.
            if (VirtualPath.isProperName(name) && !mounted.contains(name)) {
                shown.add(object);
                names.add(name);
            }
        }
        Map<ObjectKey, Instant> times = shared.attributes.modified(shown);
        Map<ObjectKey, PosixAttributes> posix = access.keepsPosix() ? shared.posix.find(shown) : Map.of();
        for (ObjectInfo object : shown) {
            String name = object.key().key().substring(from.prefix().length());
            InterruptedUpload upload = uploads.remove(name);
            if (upload != null) {
                ready.add(entry(name, upload, from));
                continue;
            }
            FileEntry entry = new FileEntry(
                    directory.child(name),
                    false,
                    object.size(),
                    times.getOrDefault(object.key(), object.lastModified()),
                    access.isWritable(from));
            ready.add(entry.with(posix.getOrDefault(object.key(), PosixAttributes.NONE)));
        }
        addDirectories(from, page, names);
        keepFilesForNextPage(from, page, names);
        for (String prefix : page.prefixes()) {
            // A directory of this name has been created meanwhile.
            uploads.remove(prefix.substring(from.prefix().length(), prefix.length() - 1));
        }
        if (!more) {
            for (Map.Entry<String, InterruptedUpload> upload : uploads.entrySet()) {
                if (upload.getValue().bytes() > 0 && !mounted.contains(upload.getKey())) {
                    ready.add(entry(upload.getKey(), upload.getValue(), from));
                }
            }
            uploads.clear();
        }
        keepPage();
        return !page.objects().isEmpty() || !page.prefixes().isEmpty();
    }

    private FileEntry entry(String name, InterruptedUpload upload, ObjectLocation from) {
        return new FileEntry(
                directory.child(name), false, upload.bytes(), upload.since(), access.isWritable(from), true);
    }

    private void addDirectories(ObjectLocation from, ObjectPage page, Set<String> fileNames) {
        List<ObjectKey> markers = new ArrayList<>();
        for (String prefix : page.prefixes()) {
            String name = prefix.substring(from.prefix().length(), prefix.length() - 1);
            if (VirtualPath.isProperName(name)
                    && !mounted.contains(name)
                    && !fileNames.contains(name)
                    && !prefix.startsWith(ObjectStore.PROBE_PREFIX)) {
                markers.add(new ObjectKey(from.mount().bucket(), prefix));
            }
        }
        Map<ObjectKey, Instant> times = shared.attributes.modifiedDirectories(markers);
        Map<ObjectKey, PosixAttributes> posix = access.keepsPosix() ? shared.posix.findDirectories(markers) : Map.of();
        for (ObjectKey marker : markers) {
            String name =
                    marker.key().substring(from.prefix().length(), marker.key().length() - 1);
            FileEntry entry = new FileEntry(
                    directory.child(name), true, 0, times.getOrDefault(marker, Instant.EPOCH), access.isWritable(from));
            ready.add(entry.with(posix.getOrDefault(marker, PosixAttributes.NONE)));
        }
    }

    private void keepFilesForNextPage(ObjectLocation from, ObjectPage page, Set<String> fileNames) {
        String last = "";
        if (!page.objects().isEmpty()) {
            last = page.objects().getLast().key().key();
        }
        if (!page.prefixes().isEmpty() && page.prefixes().getLast().compareTo(last) > 0) {
            last = page.prefixes().getLast();
        }
        String lastName = last.substring(Math.min(last.length(), from.prefix().length()));
        files = new ArrayList<>(fileNames.stream().filter(lastName::startsWith).toList());
    }
}
