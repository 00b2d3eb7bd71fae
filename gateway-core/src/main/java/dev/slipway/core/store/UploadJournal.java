package dev.slipway.core.store;

import java.time.Instant;
import java.util.List;

/**
 * Remembers the multipart uploads that this gateway has started, so that none is left behind after a crash: a store's
 * own listing says neither who started an upload nor whether it is still alive.
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
    String starting(ObjectKey key);

    /** Notes the store's name for the upload. */
    void started(String id, String uploadId);

    /** Forgets an upload that was completed or aborted. */
    void ended(String id);

    /** Leaves an upload that could not be aborted to the sweeper. */
    void abandoned(String id);

    /** The uploads that nobody works on any more: of earlier runs of the gateway, and those that were abandoned. */
    List<Entry> leftBehind();

    /** Whether this run of the gateway works on an upload. */
    boolean isLive(PendingUpload upload);
}
