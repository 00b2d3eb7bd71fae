package dev.slipway.core.quota;

import dev.slipway.core.store.ObjectInfo;
import dev.slipway.core.store.ObjectPage;
import dev.slipway.core.store.ObjectStore;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Counts the objects below a prefix while they change. Changes to keys that were already listed are applied directly;
 * keys that are yet to be listed will show their changes then. While a page is being requested it is uncertain whether
 * the page shows a change, so the change takes precedence. Guarded by the ledger's lock.
 */
final class Recount {
    private final String prefix;
    private long bytes;
    private long files;

    /** All keys up to this one are counted. */
    private byte @Nullable [] position;

    private boolean complete;
    private boolean asking;

    /** The changes since the page was requested, with the new sizes. */
    private final Map<String, Long> changedMeanwhile = new HashMap<>();

    /** The sizes counted for objects whose changes had begun and not ended when their page arrived. */
    private final Map<String, Long> unsettled = new HashMap<>();

    Recount(String prefix) {
        this.prefix = prefix;
    }

    long bytes() {
        return bytes;
    }

    long files() {
        return files;
    }

    /** The sizes counted for objects whose changes have not ended yet. */
    Map<String, Long> unsettled() {
        return unsettled;
    }

    void askForPage() {
        asking = true;
        changedMeanwhile.clear();
    }

    /** @param changing the keys whose changes have begun and not ended */
    void page(ObjectPage page, Set<String> changing) {
        asking = false;
        Map<String, Long> doubtful = new HashMap<>();
        for (String key : changing) {
            doubtful.put(key, changedMeanwhile.getOrDefault(key, Ledger.ABSENT));
        }
        doubtful.putAll(changedMeanwhile);
        for (ObjectInfo object : page.objects()) {
            String key = object.key().key();
            if (isProbe(key)) {
                continue;
            }
            long size = changedMeanwhile.getOrDefault(key, object.size());
            add(key, size, 1);
            if (doubtful.remove(key) != null && changing.contains(key)) {
                unsettled.put(key, size);
            }
        }
        byte[] before = position;
        byte[] end = page.objects().isEmpty()
                ? before
                : utf8(page.objects().getLast().key().key());
        complete = page.next() == null;
        List<String> absent = new ArrayList<>(doubtful.keySet());
        for (String key : absent) {
            byte[] name = utf8(key);
            boolean within = key.startsWith(prefix)
                    && (before == null || Arrays.compareUnsigned(name, before) > 0)
                    && (complete || (end != null && Arrays.compareUnsigned(name, end) <= 0));
            if (within) {
                long size = doubtful.getOrDefault(key, Ledger.ABSENT);
                add(key, size, 1);
                if (changing.contains(key)) {
                    unsettled.put(key, size);
                }
            }
        }
        position = end;
    }

    /** An object was changed. */
    void changed(String key, long old, long now) {
        if (isCounted(key)) {
            Long counted = unsettled.remove(key);
            add(key, counted == null ? old : counted, -1);
            add(key, now, 1);
        } else if (asking) {
            changedMeanwhile.put(key, now);
        }
    }

    /** A change failed: the object is as before. */
    void failed(String key) {
        unsettled.remove(key);
    }

    private boolean isCounted(String key) {
        byte[] end = position;
        return complete || (end != null && Arrays.compareUnsigned(utf8(key), end) <= 0);
    }

    private void add(String key, long size, int sign) {
        bytes += sign * Ledger.bytes(size);
        files += sign * Ledger.files(key, size);
    }

    /** Whether a key belongs to a probe, which writes it only briefly. */
    private static boolean isProbe(String key) {
        return key.startsWith(ObjectStore.PROBE_PREFIX);
    }

    private static byte[] utf8(String key) {
        return key.getBytes(StandardCharsets.UTF_8);
    }
}
