package dev.slipway.core.vfs;

/**
 * How much can be stored, for clients that ask before an upload and do not start it if space seems short.
 *
 * @param total the bytes that may be stored in all, used ones included
 * @param free the bytes that may still be stored, 0 to {@code total}
 * @param files the files that may be stored in all
 * @param freeFiles the files that may still be created, 0 to {@code files}
 */
public record Space(long total, long free, long files, long freeFiles) {
    /** Assumed for each file where files are not counted: reporting no files would look like a limit. */
    private static final long BYTES_PER_FILE = 4096;

    /**
     * Reported where no quota applies: 1 PiB, all of it free. An object store reports no capacity, and the size of a
     * bucket's contents is only known by listing all of it. 1 PiB is far larger than the largest object, and fits the
     * block counts of every {@code statvfs}.
     */
    public static final Space UNLIMITED = new Space(1L << 50, 1L << 50);

    public Space {
        if (free < 0 || free > total || freeFiles < 0 || freeFiles > files) {
            throw new IllegalArgumentException("free must be from 0 to the total: " + free + " of " + total + " bytes, "
                    + freeFiles + " of " + files + " files");
        }
    }

    /** With as many files as fit into the bytes. */
    public Space(long total, long free) {
        this(total, free, total / BYTES_PER_FILE, free / BYTES_PER_FILE);
    }

    /** The used bytes, as far as they are counted; 0 where no quota applies. */
    public long used() {
        return total - free;
    }
}
