package dev.slipway.core.store.s3;

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
import software.amazon.awssdk.services.s3.model.MultipartUpload;

/** Removes what earlier probes have left in a bucket: their process was killed before it could do so itself. */
final class EarlierProbes {
    /** Nothing younger is touched: another gateway may be probing the bucket now. A probe takes less than a minute. */
    static final Duration OLD = Duration.ofHours(1);

    /** Exactly what {@link StoreProbe} makes: a file of a user's may begin in the same way. */
    private static final Pattern FOLDER = Pattern.compile(Pattern.quote(ObjectStore.PROBE_PREFIX) + "[0-9a-f]{16}/");

    /** The objects of a probe that may have unfinished uploads. Some stores list these for a whole key only. */
    private static final List<String> UPLOADED = List.of("aborted", "multipart", "assembled");

    private final ProbeRequests requests;
    private final Instant old;
    private int removed;

    /** @param age of what may be removed, by the store's clock */
    EarlierProbes(ProbeRequests requests, Duration age) {
        this.requests = requests;
        this.old = Instant.now().plus(requests.skew().orElse(Duration.ZERO)).minus(age);
    }

    /**
     * Removes as much of it as the probe's time allows; the next probe goes on. Blocks.
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
            // It is tidied up where that is allowed; what a probe cannot remove of its own it says.
        }
        return removed;
    }

    private void removeObjects(Set<String> folders) throws StoreException {
        var found = requests.ask(requests.client()
                .listObjectsV2(request -> request.bucket(requests.bucket()).prefix(ObjectStore.PROBE_PREFIX)));
        for (var object : found.contents()) {
            if (requests.isOver()) {
                return;
            }
            if (isLeftBehind(object.key(), object.lastModified())) {
                Matcher folder = FOLDER.matcher(object.key());
                if (folder.lookingAt()) {
                    folders.add(folder.group());
                }
                var _ = requests.ask(requests.client()
                        .deleteObject(
                                request -> request.bucket(requests.bucket()).key(object.key())));
                removed++;
            }
        }
    }

    private void removeUploads(String prefix) throws StoreException {
        var found = requests.ask(requests.client()
                .listMultipartUploads(
                        request -> request.bucket(requests.bucket()).prefix(prefix)));
        for (MultipartUpload upload : found.uploads()) {
            if (requests.isOver()) {
                return;
            }
            if (isLeftBehind(upload.key(), upload.initiated())) {
                var _ = requests.ask(requests.client()
                        .abortMultipartUpload(request -> request.bucket(requests.bucket())
                                .key(upload.key())
                                .uploadId(upload.uploadId())));
                removed++;
            }
        }
    }

    private boolean isLeftBehind(String key, @Nullable Instant since) {
        return since != null
                && since.isAfter(Instant.EPOCH)
                && since.isBefore(old)
                && !key.startsWith(requests.key(""))
                && FOLDER.matcher(key).lookingAt();
    }
}
