package dev.slipway.core.vfs;

import dev.slipway.core.PosixAttributes;

/**
 * How an upload starts.
 *
 * @param waitsForMemory whether to wait (at most the configured admission time, 30 s by default) while the part memory is
 *     in use; otherwise the failure is {@link dev.slipway.core.Failure#BUSY} at once. A caller that already holds an upload
 *     on the same thread of requests must not wait
 * @param resumable whether the client could resume the upload after an interruption, if its account can: not if the bytes
 *     that it sends are not those that are stored
 * @param holes whether bytes that were never written become zeroes, as on a disk; otherwise such a file is not stored. For
 *     callers that know that no block was lost
 * @param posix the mode, owner and group of the file if it is new, for accounts that keep them
 */
public record UploadOptions(boolean waitsForMemory, boolean resumable, boolean holes, PosixAttributes posix) {
    /** Waits for memory, is resumable, and has no holes. */
    public static final UploadOptions DEFAULT = new UploadOptions(true, true, false, PosixAttributes.NONE);

    /** The same, waiting for memory or not. */
    public UploadOptions withWaiting(boolean waits) {
        return new UploadOptions(waits, resumable, holes, posix);
    }

    /** The same, resumable or not. */
    public UploadOptions withResumption(boolean possible) {
        return new UploadOptions(waitsForMemory, possible, holes, posix);
    }

    /** The same, with holes or not. */
    public UploadOptions withHoles(boolean allowed) {
        return new UploadOptions(waitsForMemory, resumable, allowed, posix);
    }

    /** The same, with the mode, owner and group of a new file. */
    public UploadOptions withPosix(PosixAttributes attributes) {
        return new UploadOptions(waitsForMemory, resumable, holes, attributes);
    }
}
