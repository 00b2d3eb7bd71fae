package dev.slipway.ingest.watch;

import java.time.Instant;

/**
 * What is known of a file of a watched folder, beyond the end of this process.
 *
 * @param path below the folder
 * @param version that is stored or being stored
 * @param target the path that it is stored at, as the target sees it
 * @param etag of the stored object; empty if it is not stored yet, or has none
 * @param attempts that have failed one after the other, at storing it or at what becomes of it afterwards
 * @param problem what went wrong at last; empty if nothing did
 * @param changed when this became known
 */
record WatchedFile(
        String path,
        FileVersion version,
        State state,
        String target,
        String etag,
        int attempts,
        String problem,
        Instant changed) {
    /** How far it is. */
    enum State {
        /** An upload may have begun, and may even have ended, without a trace here. */
        STORING,
        /** An upload of this version has begun, and after an interruption can be resumed. */
        RESUMABLE,
        /** The store has confirmed it. */
        STORED
    }

    /** Whether this version is stored. */
    boolean isStored(FileVersion current) {
        return state == State.STORED && version.equals(current);
    }

    /** The same, as the store has confirmed it. */
    WatchedFile stored(String newEtag, Instant now) {
        return new WatchedFile(path, version, State.STORED, target, newEtag, 0, "", now);
    }

    /** The same, after one more attempt has failed. */
    WatchedFile failed(String newProblem, Instant now) {
        return new WatchedFile(path, version, state, target, etag, attempts + 1, newProblem, now);
    }

    /** The same, to be stored at a place. */
    WatchedFile at(String newTarget) {
        return new WatchedFile(path, version, state, newTarget, etag, attempts, problem, changed);
    }

    /** The same, while it is being uploaded. */
    WatchedFile resumable() {
        return new WatchedFile(path, version, State.RESUMABLE, target, etag, attempts, problem, changed);
    }
}
