package dev.slipway.core.store.doctor;

import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;

/** What a probe may have left in the bucket so far. Noted before each request, since its answer may be lost. */
final class ProbeTraces {
    private final Set<String> keys = new LinkedHashSet<>();
    private final Set<String> multipartKeys = new LinkedHashSet<>();
    private final Map<String, String> uploads = new LinkedHashMap<>();

    /** Notes a key that is about to be written; returns whether it is new here. */
    boolean addKey(String key) {
        return keys.add(key);
    }

    /** Notes that nothing is stored under a key. */
    void removeKey(String key) {
        keys.remove(key);
    }

    /** Notes a key under which a multipart upload is about to begin. */
    void addMultipartKey(String key) {
        keys.add(key);
        multipartKeys.add(key);
    }

    void addUpload(String key, String uploadId) {
        uploads.put(uploadId, key);
    }

    /** Notes that an upload was completed or aborted. */
    void removeUpload(String uploadId) {
        uploads.remove(uploadId);
    }

    /** The keys that may have objects, in the order in which they were noted. */
    Set<String> keys() {
        return new LinkedHashSet<>(keys);
    }

    /** The keys that may have uploads whose IDs are not known. */
    Set<String> multipartKeys() {
        return new LinkedHashSet<>(multipartKeys);
    }

    /** The keys of the unfinished uploads, by upload ID. */
    Map<String, String> uploads() {
        return new LinkedHashMap<>(uploads);
    }
}
