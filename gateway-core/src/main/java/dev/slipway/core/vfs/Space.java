package dev.slipway.core.vfs;

/**
 * How much can be stored, for clients that ask before they upload and refuse to begin when there seems to be no room.
 *
 * @param total bytes that may be stored in all, used ones included
 * @param free bytes that may still be stored, 0 to {@code total}
 * @param files files that there may be in all
 * @param freeFiles files that may still be made, 0 to {@code files}
 */
public record Space(long total, long free, long files, long freeFiles) {
    /** Of files that nobody counts there is room for one in each so many bytes: none at all would look like a limit. */
    private static final long BYTES_PER_FILE = 4096;

    /**
     * What is said where nothing limits the account: 1 PiB, all of it free. An object store has no end that it could
     * tell, and what is in a bucket cannot be summed up without listing all of it. This is far more than the largest
     * object, and fits the block counts of every {@code statvfs}.
     */
    public static final Space UNLIMITED = new Space(1L << 50, 1L << 50);

    public Space {
        if (free < 0 || free > total || freeFiles < 0 || freeFiles > files) {
            throw new IllegalArgumentException("free must be from 0 to the total: " + free + " of " + total + " bytes, "
                    + freeFiles + " of " + files + " files");
        }
    }

    /** With as many files as the bytes are enough for. */
    public Space(long total, long free) {
        this(total, free, total / BYTES_PER_FILE, free / BYTES_PER_FILE);
    }

    /** The bytes that are used, as far as anybody counts them: 0 where nothing limits the account. */
    public long used() {
        return total - free;
    }
}
