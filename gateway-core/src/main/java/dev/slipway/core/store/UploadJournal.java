package dev.slipway.core.store;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Remembers the multipart uploads that this gateway has started, so that none is left behind after a crash, and those
 * that were cut off, so that their accounts can go on with them: a store's own listing says neither who started an
 * upload nor whether it is still alive.
 */
public interface UploadJournal {
    /**
     * An upload that is not known to have ended.
     *
     * @param id the row
     * @param key the object that it would become
     * @param uploadId empty if the gateway did not live to learn it
     * @param started when
     */
    record Entry(String id, ObjectKey key, String uploadId, Instant started) {}

    /** Notes, before the store is asked, that an upload is about to start. Returns the row. */
    String starting(ObjectKey key, UploadOwner owner);

    /** Notes an upload that nobody goes on with. */
    default String starting(ObjectKey key) {
        return starting(key, UploadOwner.NOBODY);
    }

    /** Notes the store's name for the upload. */
    void started(String id, String uploadId);

    /** Notes that the store has a part of an upload that can be gone on with. */
    void partStored(String id, int number, int crc);

    /** The CRC-32 of the parts of an upload, by their numbers, as far as they were noted. */
    Map<Integer, Integer> partChecksums(String id);

    /** Forgets an upload that was completed or aborted. */
    void ended(String id);

    /** Leaves an upload that could not be aborted to the sweeper. */
    void abandoned(String id);

    /**
     * Notes that an upload was cut off. Earlier ones of the same key and account are left to the sweeper.
     *
     * @param bytes what the store has of it without a gap
     * @param modified the time that was set for the file, or null
     */
    void interrupted(String id, long bytes, @Nullable Instant modified);

    /** The upload of a key that an account can go on with. From memory where there is none. */
    Optional<InterruptedUpload> interrupted(ObjectKey key, String account);

    /** All uploads of an account below a prefix that it can go on with. */
    List<InterruptedUpload> interruptedBelow(String bucket, String prefix, String account);

    /** All uploads that can be gone on with, in the order in which they were cut off. */
    List<InterruptedUpload> allInterrupted();

    /** Corrects what is known of an upload that was cut off: its bytes, and whether the store knows it at all. */
    void measured(InterruptedUpload upload);

    /**
     * Takes an upload that was cut off, to go on with it. False if somebody else was faster.
     *
     * @param parts how many of its parts are taken over
     * @param bytes what is known of it if this gateway is killed; negative if the store is to be asked then
     */
    boolean resumed(String id, int parts, long bytes);

    /**
     * Makes sure, before an upload ends one way or the other, that it is still this gateway's: where several share the
     * journal, one that lost sight of it for a moment may be taken for dead, and its upload be gone on with at another.
     * Takes it back from those that were cut off, or were left to the sweeper, if nobody has.
     *
     * @return false if somebody else goes on with it, or it is gone
     */
    boolean claim(String id);

    /**
     * Notes, before the store is asked to complete an upload, what it will be: whoever finds the row of a gateway that was
     * killed meanwhile can then tell whether the store did it.
     *
     * @param etag of the object that will be there
     */
    void completing(String id, String etag);

    /** The entity tag of the object that an upload was about to become; empty if it had not come so far. */
    Optional<String> completion(String id);

    /** Leaves an upload that was cut off to the sweeper. False if somebody goes on with it, or it is gone. */
    boolean discarded(String id);

    /** Takes what gateways were uploading when they were killed for cut off: its accounts can go on with it. */
    void recover();

    /** The uploads that nobody works on or can go on with any more: of earlier runs, and those that were abandoned. */
    List<Entry> leftBehind();

    /** Whether an upload has a row of its own, or may be one whose name a gateway is just waiting for. */
    boolean isLive(PendingUpload upload);
}
