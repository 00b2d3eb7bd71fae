package dev.slipway.core.s3.memory;

import dev.slipway.core.s3.ListMultipartUploadsRequest;
import dev.slipway.core.s3.ListPage;
import dev.slipway.core.s3.ListRequest;
import dev.slipway.core.s3.MultipartUploadPage;
import dev.slipway.core.store.ObjectKey;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.NavigableMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** The contents of a bucket. Guarded by its store. */
final class MemoryBucket {
    private static final int MOST_UPLOADS = 1000;

    /** S3 sorts keys by their bytes in UTF-8; Java's strings sort differently. */
    private static final Comparator<String> IN_UTF8 = (one, other) ->
            Arrays.compareUnsigned(one.getBytes(StandardCharsets.UTF_8), other.getBytes(StandardCharsets.UTF_8));

    /** The prefix of a token that contains the last key of a page, or its last common prefix. */
    private static final String BEHIND_KEY = "key:";

    private static final String BEHIND_PREFIX = "prefix:";

    private final String name;
    final TreeMap<String, StoredObject> objects = new TreeMap<>(IN_UTF8);
    final TreeMap<String, StoredUpload> uploads = new TreeMap<>();

    MemoryBucket(String name) {
        this.name = name;
    }

    ListPage list(ListRequest request) {
        List<ListPage.Entry> entries = new ArrayList<>();
        List<String> prefixes = new ArrayList<>();
        NavigableMap<String, StoredObject> rest = rest(request);
        String last = "";
        while (!rest.isEmpty() && rest.firstKey().startsWith(request.prefix())) {
            if (entries.size() + prefixes.size() == request.limit()) {
                return new ListPage(entries, prefixes, last);
            }
            String key = rest.firstKey();
            int end = request.delimited() ? key.indexOf('/', request.prefix().length()) : -1;
            if (end < 0) {
                StoredObject object = rest.firstEntry().getValue();
                entries.add(new ListPage.Entry(
                        new ObjectKey(name, key), object.size(), object.etag(), object.lastModified()));
                last = BEHIND_KEY + key;
                rest = rest.tailMap(key, false);
            } else {
                String common = key.substring(0, end + 1);
                prefixes.add(common);
                last = BEHIND_PREFIX + common;
                rest = behindPrefix(rest, common);
            }
        }
        return new ListPage(entries, prefixes, null);
    }

    private NavigableMap<String, StoredObject> rest(ListRequest request) {
        NavigableMap<String, StoredObject> rest = objects.tailMap(request.prefix(), true);
        String token = request.continuation();
        if (token != null) {
            return token.startsWith(BEHIND_KEY)
                    ? behindKey(rest, token.substring(BEHIND_KEY.length()))
                    : behindPrefix(rest, token.substring(BEHIND_PREFIX.length()));
        }
        return request.startAfter() == null ? rest : behindKey(rest, request.startAfter());
    }

    private static NavigableMap<String, StoredObject> behindKey(NavigableMap<String, StoredObject> map, String key) {
        return map.isEmpty() || IN_UTF8.compare(key, map.firstKey()) < 0 ? map : map.tailMap(key, false);
    }

    private static NavigableMap<String, StoredObject> behindPrefix(
            NavigableMap<String, StoredObject> map, String prefix) {
        NavigableMap<String, StoredObject> rest = behindKey(map, prefix);
        for (String key : rest.keySet()) {
            if (!key.startsWith(prefix)) {
                return rest.tailMap(key, true);
            }
        }
        return new TreeMap<>();
    }

    /** Lists uploads by key, and those of one key by age. */
    MultipartUploadPage list(ListMultipartUploadsRequest request) {
        MultipartUploadPage.Marker after = request.after();
        List<StoredUpload> all = uploads.values().stream()
                .filter(upload -> upload.key.key().startsWith(request.prefix()))
                .sorted(Comparator.comparing((StoredUpload upload) -> upload.key.key(), IN_UTF8)
                        .thenComparing(upload -> upload.id))
                .filter(upload -> after == null || isBehind(upload, after))
                .toList();
        List<StoredUpload> page = all.subList(0, Math.min(MOST_UPLOADS, all.size()));
        return new MultipartUploadPage(
                page.stream()
                        .map(upload -> new MultipartUploadPage.Entry(upload.key, upload.id, upload.initiated))
                        .toList(),
                page.size() == all.size()
                        ? null
                        : new MultipartUploadPage.Marker(page.getLast().key.key(), page.getLast().id));
    }

    private static boolean isBehind(StoredUpload upload, MultipartUploadPage.Marker marker) {
        if (marker.key() == null) {
            return true;
        }
        int order = IN_UTF8.compare(upload.key.key(), marker.key());
        return order > 0 || (order == 0 && marker.uploadId() != null && upload.id.compareTo(marker.uploadId()) > 0);
    }

    @Nullable
    StoredUpload upload(ObjectKey key, String id) {
        StoredUpload found = uploads.get(id);
        return found == null || !found.key.equals(key) ? null : found;
    }
}
