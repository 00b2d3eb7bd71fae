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

    /**
     * An upload that the store was asked to complete.
     *
     * @param id the row
     * @param key the object that it would become
     * @param uploadId empty if it was a PUT
     * @param expected what it would be
     * @param asked when; the epoch if it is not known
     */
    record Commit(String id, ObjectKey key, String uploadId, ExpectedObject expected, Instant asked) {}

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

    /** Removes an upload that was aborted, or that the store does not have. */
    void ended(String id);

    /** Leaves an upload that could not be aborted to the sweeper. */
    void abandoned(String id);

    /** Whether uploads with an origin are announced once the store has them. Answers from memory. */
    boolean announces();

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
     * Records what an upload will be before the store is asked to complete it. If the gateway is killed meanwhile, its
     * row then tells whether the store completed the upload.
     *
     * @param origin for those who are told of it; null if nobody is
     */
    void completing(String id, ExpectedObject expected, @Nullable UploadOrigin origin);

    /**
     * Records, before an object is stored by one request, what it will be. Only for those who are told of it: others need
     * no row. Returns the row.
     */
    String putting(ObjectKey key, ExpectedObject expected, UploadOrigin origin);

    /** Removes an upload that was completed, and announces it in the same transaction. Does so once. */
    void stored(String id, StoredVersion version);

    /**
     * Records that the store has certainly not completed an upload of this gateway. The row of a PUT is removed. Does
     * nothing if another gateway has resumed the upload.
     */
    void refused(String id);

    /** Leaves a PUT to the sweeper, since the store did not answer. */
    void unanswered(String id);

    /**
     * Records that the store has completed an upload that no live gateway is working on, and announces it in the same
     * transaction. The row of a multipart upload is then one of {@link #leftBehind}: if the object had the same bytes
     * before, the upload still exists.
     *
     * @param commit as {@link #unclear} or {@link #completion} returned it
     * @return false if nothing was recorded: a gateway works on it again or has ended it, or the store was asked for
     *     another upload of the key since, whose end must be known first
     */
    boolean found(Commit commit, StoredVersion version);

    /**
     * Records that the store has not completed an upload that no live gateway is working on. The row of a PUT is removed.
     *
     * @param commit as {@link #unclear} returned it
     * @return false if nothing was recorded: a gateway works on it again, or has ended it
     */
    boolean missing(Commit commit);

    /**
     * As {@link #missing}, if the store has not answered for too long. Logs that the upload is not announced.
     *
     * @param problem why the last lookup failed
     */
    void givenUp(Commit commit, @Nullable String problem);

    /** What is recorded about the completion of an upload; empty if it had not begun. */
    Optional<Commit> completion(String id);

    /**
     * The uploads to be announced that the store may have completed, and that no live gateway is working on: the oldest
     * first. Their number is bounded.
     */
    List<Commit> unclear();

    /**
     * To be called before an upload is aborted. Like {@link #claim}; also returns false if the upload is to be announced
     * and it is unclear whether the store has completed it. It is then left to the sweeper.
     */
    boolean aborting(String id);

    /**
     * Leaves an interrupted upload to the sweeper. Returns false if somebody has resumed it, or it no longer exists.
     */
    boolean discarded(String id);

    /**
     * Marks the uploads of killed gateways as interrupted, so that their accounts can resume them. Also repeats what the
     * database could not record.
     */
    void recover();

    /**
     * Returns the abandoned uploads, of this and earlier runs, that nobody works on and nobody can resume. Those of {@link
     * #unclear} are not among them.
     */
    List<Entry> leftBehind();

    /** Whether an upload has a row, or may be one whose upload id a gateway is just waiting for. */
    boolean isLive(PendingUpload upload);
}
