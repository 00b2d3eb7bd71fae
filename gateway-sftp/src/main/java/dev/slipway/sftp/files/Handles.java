package dev.slipway.sftp.files;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import dev.slipway.core.VfsException;
import dev.slipway.core.VirtualPath;
import dev.slipway.core.vfs.EntryCursor;
import dev.slipway.core.vfs.FileDownload;
import dev.slipway.core.vfs.FileEntry;
import dev.slipway.core.vfs.FileUpload;
import dev.slipway.sftp.transport.SessionState;
import java.io.IOException;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import org.jspecify.annotations.Nullable;

/**
 * The files and directories that one channel has open. Whatever is still open when the channel ends is closed, which
 * interrupts or aborts uploads. A handle that was taken out belongs to the caller.
 */
public final class Handles {
    /** Something that is open. */
    public sealed interface Handle extends AutoCloseable {
        VirtualPath path();

        /** Never throws. */
        @Override
        void close();
    }

    /** A file that is being written. */
    public static final class Upload implements Handle {
        private final VirtualPath path;
        private final FileUpload upload;
        private final boolean resumable;

        /** Offset at which appending begins; negative if the file was not opened for appending. */
        private final long appendsFrom;

        /** Whether the client's offsets count only appended bytes; known from its first write on. */
        private @Nullable Boolean relative;

        private @Nullable IOException failure;

        public Upload(VirtualPath path, FileUpload upload) {
            this(path, upload, true);
        }

        /** @param resumable whether the protocol can resume interrupted uploads */
        public Upload(VirtualPath path, FileUpload upload, boolean resumable) {
            this(path, upload, resumable, -1);
        }

        private Upload(VirtualPath path, FileUpload upload, boolean resumable, long appendsFrom) {
            this.path = path;
            this.upload = upload;
            this.resumable = resumable;
            this.appendsFrom = appendsFrom;
        }

        /** A file opened for appending: writes go to its end. */
        public static Upload appending(VirtualPath path, FileUpload upload) {
            return new Upload(path, upload, true, upload.entry().size());
        }

        /**
         * The position for a write at an offset. In a file opened for appending, offsets are meaningless
         * (draft-ietf-secsh-filexfer-02 section 6.3), but clients that count them as in any other file may send blocks
         * out of order.
         */
        public long place(long offset) {
            if (appendsFrom < 0) {
                return offset;
            }
            Boolean known = relative;
            if (known == null) {
                known = offset < appendsFrom;
                relative = known;
            }
            return known ? upload.entry().size() : offset;
        }

        @Override
        public VirtualPath path() {
            return path;
        }

        public FileUpload upload() {
            return upload;
        }

        /** The first write that failed: its bytes are missing, so the file must not appear. */
        public @Nullable IOException failure() {
            return failure;
        }

        public void failed(IOException cause) {
            if (failure == null) {
                failure = cause;
            }
        }

        @Override
        public void close() {
            if (resumable) {
                upload.close();
            } else {
                upload.abort();
            }
        }
    }

    /** A file that is being read. */
    public record Download(VirtualPath path, FileDownload download) implements Handle {
        @Override
        public void close() {
            download.close();
        }
    }

    /** A directory entry with its name in the listing. */
    public record Listed(String name, FileEntry entry) {}

    /** A directory that is being listed, with a page of entries that were fetched but not sent yet. */
    public static final class Directory implements Handle {
        private static final int PAGE = 1000;

        private final VirtualPath path;
        private final EntryCursor cursor;
        private Queue<Listed> page = new ArrayDeque<>(2);

        public Directory(VirtualPath path, EntryCursor cursor) {
            this.path = path;
            this.cursor = cursor;
            // Clients expect both, but none uses their attributes, which are not worth two more requests to the store.
            FileEntry self = new FileEntry(path, true, 0, Instant.now(), true);
            page.add(new Listed(".", self));
            page.add(new Listed("..", self));
        }

        @Override
        public VirtualPath path() {
            return path;
        }

        /** Whether {@link #peek} answers without asking the file system. */
        public boolean isFetched() {
            return !page.isEmpty();
        }

        /** The next entry, until {@link #advance}; null at the end. */
        public @Nullable Listed peek() throws VfsException {
            if (page.isEmpty()) {
                List<FileEntry> next = cursor.next(PAGE);
                page = new ArrayDeque<>(next.size());
                for (FileEntry entry : next) {
                    page.add(new Listed(entry.name(), entry));
                }
            }
            return page.peek();
        }

        public void advance() {
            page.remove();
            if (page.isEmpty()) {
                // A grown buffer is not kept until the client's next request.
                page = new ArrayDeque<>(0);
            }
        }

        @Override
        public void close() {
            cursor.close();
        }
    }

    private final SessionState session;

    @GuardedBy("this")
    private final Map<Integer, Handle> open = new HashMap<>();

    @GuardedBy("this")
    private int last;

    @GuardedBy("this")
    private boolean closed;

    /** @param session counts the handles of all its channels */
    public Handles(SessionState session) {
        this.session = session;
    }

    /** Reserves a place for a handle that {@link #add} will fill, or {@link #giveUp} will free. */
    public void reserve() throws RequestException {
        Optional<String> refusal = session.takeHandle();
        if (refusal.isPresent()) {
            throw new RequestException(Status.FAILURE, refusal.get());
        }
    }

    public void giveUp() {
        session.returnHandle();
    }

    /**
     * Adds an opened file or directory in a reserved place.
     *
     * @return the handle's number for the client
     */
    public int add(Handle handle) throws RequestException {
        synchronized (this) {
            if (!closed) {
                do {
                    last++;
                } while (open.containsKey(last));
                open.put(last, handle);
                return last;
            }
        }
        handle.close();
        throw new RequestException(Status.FAILURE, "The channel was closed.");
    }

    public synchronized Handle get(int number) throws RequestException {
        return existing(open.get(number));
    }

    /** Takes a handle out; the caller closes it. */
    public synchronized Handle take(int number) throws RequestException {
        Handle result = existing(open.remove(number));
        session.returnHandle();
        return result;
    }

    /** Takes a handle out and closes it, unless {@link #closeAll} did. */
    public void release(int number) {
        Handle handle;
        synchronized (this) {
            handle = open.remove(number);
        }
        if (handle != null) {
            session.returnHandle();
            handle.close();
        }
    }

    private static Handle existing(@Nullable Handle handle) throws RequestException {
        if (handle == null) {
            throw new RequestException(Status.FAILURE, "Invalid handle.");
        }
        return handle;
    }

    /** The newest open upload of a path, if the path still means it. */
    public synchronized @Nullable FileUpload upload(VirtualPath path) {
        Upload result = null;
        int newest = 0;
        for (Map.Entry<Integer, Handle> entry : open.entrySet()) {
            if (entry.getValue() instanceof Upload upload && upload.path().equals(path) && entry.getKey() >= newest) {
                newest = entry.getKey();
                result = upload;
            }
        }
        return result == null
                        || result.upload().isSuperseded()
                        || result.upload().hasFailed()
                ? null
                : result.upload();
    }

    /** Whether any upload is open. */
    public synchronized boolean hasUpload() {
        return open.values().stream().anyMatch(Upload.class::isInstance);
    }

    /** Closes everything, now and in future. */
    public void closeAll() {
        Collection<Handle> all;
        synchronized (this) {
            closed = true;
            all = List.copyOf(open.values());
            open.clear();
        }
        for (Handle handle : all) {
            session.returnHandle();
            handle.close();
        }
    }
}
