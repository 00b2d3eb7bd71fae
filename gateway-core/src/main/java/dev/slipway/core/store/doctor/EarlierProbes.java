package dev.slipway.core.store.doctor;

import dev.slipway.core.s3.ListPage;
import dev.slipway.core.s3.MultipartUploadPage;
import dev.slipway.core.store.ObjectStore;
import dev.slipway.core.store.StoreException;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Removes what earlier probes have left in a bucket because their process was killed. */
final class EarlierProbes {
    /** Nothing younger is touched: another gateway may be probing the bucket now. A probe takes less than a minute. */
    static final Duration OLD = Duration.ofHours(1);

    /** Exactly what {@link StoreProbe} makes: a user's file may begin in the same way. */
    private static final Pattern FOLDER = Pattern.compile(Pattern.quote(ObjectStore.PROBE_PREFIX) + "[0-9a-f]{16}/");

    /** The objects of a probe that may have unfinished uploads. Some stores list these by the exact key only. */
    private static final List<String> UPLOADED = List.of("aborted", "multipart", "assembled");

    private final ProbeRequests requests;
    private final Instant limit;
    private int removed;

    /** @param age of what may be removed, by the store's clock */
    EarlierProbes(ProbeRequests requests, Duration age) {
        this.requests = requests;
        this.limit = Instant.now()
                .plus(requests.inspection().clockSkew().orElse(Duration.ZERO))
                .minus(age);
    }

    /**
     * Removes as much as the probe's time allows; the next probe removes the rest. Blocks.
     *
     * @return how many objects and unfinished uploads were removed
     */
    int remove() {
        Set<String> folders = new LinkedHashSet<>();
        try {
            removeObjects(folders);
            removeUploads(ObjectStore.PROBE_PREFIX);
            for (String folder : folders) {
                for (String name : UPLOADED) {
                    removeUploads(folder + name);
                }
            }
        } catch (StoreException _) {
            // The store may not allow this; only traces of the probe itself are reported.
        }
        return removed;
    }

    private void removeObjects(Set<String> folders) throws StoreException {
        for (ListPage.Entry object : requests.listBucket(ObjectStore.PROBE_PREFIX, null, ProbeRequests.PAGE)
                .objects()) {
            if (requests.isOver()) {
                return;
            }
            String key = object.key().key();
            if (isLeftBehind(key, object.lastModified())) {
                Matcher folder = FOLDER.matcher(key);
                if (folder.lookingAt()) {
                    folders.add(folder.group());
                }
                var _ = requests.ask(requests.store().delete(object.key(), null));
                removed++;
            }
        }
    }

    private void removeUploads(String prefix) throws StoreException {
        for (MultipartUploadPage.Entry upload : requests.listUploads(prefix).uploads()) {
            if (requests.isOver()) {
                return;
            }
            if (isLeftBehind(upload.key().key(), upload.initiated())) {
                var _ = requests.ask(requests.store().abortMultipartUpload(upload.key(), upload.uploadId()));
                removed++;
            }
        }
    }

    private boolean isLeftBehind(String key, @Nullable Instant since) {
        return since != null
                && since.isAfter(Instant.EPOCH)
                && since.isBefore(limit)
                && !key.startsWith(requests.prefix())
                && FOLDER.matcher(key).lookingAt();
    }
}
