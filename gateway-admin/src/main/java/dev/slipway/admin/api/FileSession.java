package dev.slipway.admin.api;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import dev.slipway.core.Failure;
import dev.slipway.core.VfsException;
import dev.slipway.core.VirtualPath;
import dev.slipway.core.account.AccountSession;
import dev.slipway.core.vfs.EntryCursor;
import dev.slipway.core.vfs.FileDownload;
import dev.slipway.core.vfs.FileEntry;
import dev.slipway.core.vfs.FileUpload;
import dev.slipway.core.vfs.VirtualFileSystem;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The files of a login over HTTP, while it uses them. Its end closes what is open: uploads are interrupted, or aborted if
 * they cannot be resumed. Thread-safe.
 */
final class FileSession {
    /** How many listings that a client has read in part are kept open. */
    private static final int MOST_LISTINGS = 2;

    /** How many characters the paths of a part have, about; a part with long names has fewer entries. */
    private static final int LONGEST_PAGE = 128 * 1024;

    private final AccountSession session;
    private final VirtualFileSystem files;

    @GuardedBy("this")
    private final Set<AutoCloseable> open = new HashSet<>();

    /** Listings of which clients have read a part, oldest first. */
    @GuardedBy("this")
    private final List<Listing> listings = new ArrayList<>();

    @GuardedBy("this")
    private int uses;

    @GuardedBy("this")
    private Instant lastUsed;

    @GuardedBy("this")
    private boolean ended;

    /** @param offset how many entries were read */
    private record Listing(VirtualPath directory, long offset, EntryCursor cursor) {}

    /**
     * A part of a listing.
     *
     * @param next where the next part begins; null if there is none
     */
    record Page(List<FileEntry> entries, @Nullable Long next) {}

    FileSession(AccountSession session, VirtualFileSystem files, Instant now) {
        this.session = session;
        this.files = files;
        this.lastUsed = now;
    }

    AccountSession session() {
        return session;
    }

    VirtualFileSystem files() {
        return files;
    }

    /** A request begins. Returns false if the session has ended. */
    synchronized boolean begin() {
        if (!ended) {
            uses++;
        }
        return !ended;
    }

    /** A request is over. */
    void finish(Instant now) {
        boolean over;
        synchronized (this) {
            uses--;
            lastUsed = now;
            over = ended && uses == 0;
        }
        if (over) {
            session.close();
        }
    }

    synchronized boolean isInUse() {
        return uses > 0;
    }

    synchronized boolean isIdleSince(Instant moment) {
        return uses == 0 && lastUsed.isBefore(moment);
    }

    /** An upload that ends with the session. */
    FileUpload own(FileUpload upload) throws VfsException {
        add(upload, upload.entry().path());
        return upload;
    }

    /** A download that ends with the session. */
    FileDownload own(FileDownload download) throws VfsException {
        add(download, download.entry().path());
        return download;
    }

    private void add(AutoCloseable transfer, VirtualPath path) throws VfsException {
        synchronized (this) {
            if (!ended) {
                open.add(transfer);
                return;
            }
        }
        close(transfer);
        throw over(path);
    }

    private static VfsException over(VirtualPath path) {
        return new VfsException(Failure.ABORTED, path, "The session has ended; log in again.");
    }

    synchronized void disown(AutoCloseable transfer) {
        open.remove(transfer);
    }

    /**
     * Lists a part of a directory. The listing that an earlier part began goes on if it is still open; otherwise a new one
     * is read up to the offset. Blocks for the store.
     *
     * @param offset how many entries to skip
     * @param limit the most entries, at least 1; there are fewer if their names are long
     */
    Page list(VirtualPath directory, long offset, int limit) throws VfsException {
        EntryCursor cursor = take(directory, offset);
        boolean kept = false;
        try {
            if (cursor == null) {
                cursor = files.list(directory);
                skip(cursor, offset);
            }
            List<FileEntry> entries = new ArrayList<>();
            if (!read(cursor, limit, entries)) {
                return new Page(entries, null);
            }
            long next = offset + entries.size();
            kept = true;
            keep(new Listing(directory, next, cursor));
            return new Page(entries, next);
        } finally {
            if (!kept && cursor != null) {
                cursor.close();
            }
        }
    }

    /** Reads entries, and returns whether there may be more. */
    private static boolean read(EntryCursor cursor, int limit, List<FileEntry> entries) throws VfsException {
        long characters = 0;
        while (entries.size() < limit && characters < LONGEST_PAGE) {
            List<FileEntry> some = cursor.next(Math.min(100, limit - entries.size()));
            if (some.isEmpty()) {
                return false;
            }
            entries.addAll(some);
            characters += some.stream()
                    .mapToLong(entry -> entry.path().toString().length())
                    .sum();
        }
        return true;
    }

    private static void skip(EntryCursor cursor, long count) throws VfsException {
        long left = count;
        while (left > 0) {
            int read = cursor.next((int) Math.min(left, 1000)).size();
            left = read == 0 ? 0 : left - read;
        }
    }

    private synchronized @Nullable EntryCursor take(VirtualPath directory, long offset) {
        for (Listing listing : listings) {
            if (listing.offset() == offset && listing.directory().equals(directory)) {
                listings.remove(listing);
                return listing.cursor();
            }
        }
        return null;
    }

    private void keep(Listing listing) {
        EntryCursor closing = null;
        synchronized (this) {
            if (ended) {
                closing = listing.cursor();
            } else {
                listings.add(listing);
                if (listings.size() > MOST_LISTINGS) {
                    closing = listings.removeFirst().cursor();
                }
            }
        }
        if (closing != null) {
            closing.close();
        }
    }

    /** Closes listings that nobody reads on, since they hold memory. */
    void closeListings() {
        List<Listing> closing;
        synchronized (this) {
            closing = List.copyOf(listings);
            listings.clear();
        }
        closing.forEach(listing -> listing.cursor().close());
    }

    /** Ends the session. Does not block; does nothing the second time. */
    void end() {
        List<AutoCloseable> closing;
        boolean over;
        synchronized (this) {
            if (ended) {
                return;
            }
            ended = true;
            closing = List.copyOf(open);
            over = uses == 0;
        }
        closing.forEach(FileSession::close);
        closeListings();
        if (over) {
            session.close();
        }
    }

    private static void close(AutoCloseable transfer) {
        switch (transfer) {
            case FileUpload upload -> upload.close();
            case FileDownload download -> download.close();
            default -> throw new IllegalArgumentException("not a transfer: " + transfer);
        }
    }
}
