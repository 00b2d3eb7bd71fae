package dev.slipway.core.store;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Records the multipart uploads that gateways have started, so that none is left behind after a crash, and interrupted
 * uploads, so that their accounts can resume them. A store's own listing shows neither who started an upload nor
 * whether it is still in progress.
 */
public interface UploadJournal {
    /**
     * An upload that is not known to have ended.
     *
     * @param id the row
     * @param key the object that it would become
     * @param uploadId empty if the gateway was killed before it learned it
     * @param started when the upload started
     */
    record Entry(String id, ObjectKey key, String uploadId, Instant started) {}

    /** Records that an upload is about to start, before the store is asked. Returns the row. */
    String starting(ObjectKey key, UploadOwner owner);

    /** Records an upload that nobody can resume. */
    default String starting(ObjectKey key) {
        return starting(key, UploadOwner.NOBODY);
    }

    /** Records the store's upload id. */
    void started(String id, String uploadId);

    /** Records that the store has a part of a resumable upload. */
    void partStored(String id, int number, int crc);

    /** The recorded CRC-32 values of an upload's parts, by part number. */
    Map<Integer, Integer> partChecksums(String id);

    /** Removes an upload that was completed or aborted. */
    void ended(String id);

    /** Leaves an upload that could not be aborted to the sweeper. */
    void abandoned(String id);

    /**
     * Records that an upload was interrupted. Earlier interrupted uploads of the same key and account are left to the
     * sweeper.
     *
     * @param bytes what the store has of it without a gap
     * @param modified the time that was set for the file, or null
     */
    void interrupted(String id, long bytes, @Nullable Instant modified);

    /** Returns the interrupted upload of a key that an account can resume. Answers from memory if there is none. */
    Optional<InterruptedUpload> interrupted(ObjectKey key, String account);

    /** Returns all interrupted uploads below a prefix that an account can resume. */
    List<InterruptedUpload> interruptedBelow(String bucket, String prefix, String account);

    /** Returns all resumable interrupted uploads, in the order in which they were interrupted. */
    List<InterruptedUpload> allInterrupted();

    /** Updates an interrupted upload: its restart offset, and whether the store knows it at all. */
    void measured(InterruptedUpload upload);

    /**
     * Takes an interrupted upload in order to resume it. Returns false if somebody else was faster.
     *
     * @param parts how many of its parts are reused
     * @param bytes the restart offset if this gateway is killed; negative if the store is to be asked then
     */
    boolean resumed(String id, int parts, long bytes);

    /**
     * Makes sure that an upload still belongs to this gateway, before it ends one way or the other. If several gateways
     * share the journal, one that lost the database for a moment may be considered dead, and another may resume its
     * upload. If nobody has, this takes the upload back from the interrupted uploads or from the sweeper.
     *
     * @return false if somebody else has resumed it, or it no longer exists
     */
    boolean claim(String id);

    /**
     * Records the expected ETag before the store is asked to complete an upload. If the gateway is killed meanwhile,
     * its row then tells whether the store completed the upload.
     *
     * @param etag the ETag of the expected object
     */
    void completing(String id, String etag);

    /** The recorded ETag of the object that an upload was about to become; empty if completion had not begun. */
    Optional<String> completion(String id);

    /**
     * Leaves an interrupted upload to the sweeper. Returns false if somebody has resumed it, or it no longer exists.
     */
    boolean discarded(String id);

    /** Marks the uploads of killed gateways as interrupted, so that their accounts can resume them. */
    void recover();

    /** Returns the abandoned uploads, of this and earlier runs, that nobody works on and nobody can resume. */
    List<Entry> leftBehind();

    /** Whether an upload has a row, or may be one whose upload id a gateway is just waiting for. */
    boolean isLive(PendingUpload upload);
}
