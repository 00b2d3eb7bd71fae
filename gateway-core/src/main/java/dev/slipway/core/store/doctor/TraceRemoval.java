package dev.slipway.core.store.doctor;

import dev.slipway.core.Failure;
import dev.slipway.core.s3.Done;
import dev.slipway.core.s3.ListPage;
import dev.slipway.core.s3.MultipartUploadPage;
import dev.slipway.core.store.ObjectKey;
import dev.slipway.core.store.StoreException;
import dev.slipway.core.store.doctor.ProbeReport.Check;
import dev.slipway.core.store.doctor.ProbeReport.Level;
import dev.slipway.core.store.s3.BucketInspection.ObjectVersion;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;

/** Removes everything that a probe has written; what earlier probes have left, too. Runs last, whatever has failed. */
final class TraceRemoval implements CapabilityProbe {
    /** How much of what is left is named. */
    private static final int NAMED = 3;

    private final ProbeRequests requests;
    private final Findings findings;
    private final Duration age;
    private final List<String> left = new ArrayList<>();

    /** @param age of what is removed of earlier probes */
    TraceRemoval(ProbeRequests requests, Findings findings, Duration age) {
        this.requests = requests;
        this.findings = findings;
        this.age = age;
    }

    @Override
    public void run() {
        int earlier = requests.isOver() ? 0 : new EarlierProbes(requests, age).remove();
        removeUploads();
        removeObjects();
        removeVersions();
        if (left.isEmpty()) {
            findings.works(Check.TRACES, earlier == 0 ? "yes" : "yes, and " + earlier + " of probes that were killed");
        } else {
            findings.add(
                    Check.TRACES,
                    Level.WRONG,
                    "left behind: " + String.join(", ", left.subList(0, Math.min(NAMED, left.size())))
                            + (left.size() > NAMED ? " and " + (left.size() - NAMED) + " more" : ""),
                    "Delete everything below " + requests.prefix() + ".");
        }
    }

    private void removeUploads() {
        Map<String, String> uploads = new LinkedHashMap<>(requests.traces().uploads());
        // A store may have begun an upload without confirming it.
        for (String key : requests.traces().multipartKeys()) {
            try {
                for (MultipartUploadPage.Entry upload :
                        requests.listUploads(key).uploads()) {
                    if (key.equals(upload.key().key())) {
                        uploads.put(upload.uploadId(), key);
                    }
                }
            } catch (StoreException _) {
                // The known ones are aborted all the same.
            }
        }
        uploads.forEach((uploadId, key) -> remove(
                "an unfinished upload of " + key,
                requests.store().abortMultipartUpload(new ObjectKey(requests.bucket(), key), uploadId)));
    }

    private void removeObjects() {
        Set<String> keys = new LinkedHashSet<>(requests.traces().keys());
        // A store may have stored objects under other keys than theirs.
        try {
            for (ListPage.Entry object :
                    requests.list("", null, ProbeRequests.PAGE).objects()) {
                keys.add(object.key().key());
            }
        } catch (StoreException _) {
            // The known ones are deleted all the same.
        }
        for (String key : keys) {
            remove(key, requests.store().delete(new ObjectKey(requests.bucket(), key), null));
        }
    }

    /** In a bucket with versioning, deleting an object only hides it. */
    private void removeVersions() {
        List<ObjectVersion> versions;
        try {
            versions = requests.ask(requests.inspection().versions(requests.bucket(), requests.prefix()));
        } catch (StoreException _) {
            // The store has no versions, or does not show them; then the bucket's rules have to expire them.
            return;
        }
        for (ObjectVersion version : versions) {
            remove(
                    (version.deleteMarker() ? "a delete marker of " : "an old version of ")
                            + version.key().key(),
                    requests.inspection().delete(version));
        }
    }

    private void remove(String what, CompletableFuture<Done> request) {
        try {
            var _ = requests.ask(request);
        } catch (StoreException e) {
            // A name that the store does not take was never there.
            boolean neverThere = e.failure() == Failure.NOT_FOUND
                    || e.failure() == Failure.NAME_INVALID
                    || Refusals.isUnsupported(e);
            if (!neverThere) {
                left.add(what + " (" + e.getMessage() + ")");
            }
        }
    }
}
