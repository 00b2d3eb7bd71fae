package dev.slipway.admin.command;

import dev.slipway.admin.management.AccountUsage;
import dev.slipway.core.account.AccountLimits;
import dev.slipway.core.account.AccountSession;
import dev.slipway.core.account.ApiToken;
import dev.slipway.core.state.RenameTable;
import dev.slipway.core.store.InterruptedUpload;
import dev.slipway.ingest.watch.FailingFile;
import dev.slipway.ingest.watch.WatchStatus;
import dev.slipway.transfer.json.JsonWords;
import dev.slipway.transfer.remote.RemoteSpace;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What the commands and the API print as JSON, as {@code openapi.json} describes it. */
public final class ResourceJson {
    private ResourceJson() {}

    /** An interrupted upload. */
    public static Map<String, @Nullable Object> of(InterruptedUpload upload) {
        Map<String, @Nullable Object> json = new LinkedHashMap<>();
        json.put("id", upload.id());
        json.put("since", upload.since());
        json.put("bytes", upload.bytes() == InterruptedUpload.UNKNOWN ? null : (Long) upload.bytes());
        json.put("account", upload.owner().account());
        json.put("bucket", upload.key().bucket());
        json.put("key", upload.key().key());
        return json;
    }

    /** A session. */
    public static Map<String, @Nullable Object> of(AccountSession session) {
        Map<String, @Nullable Object> json = new LinkedHashMap<>();
        json.put("id", session.client().session());
        json.put("since", session.since());
        json.put("protocol", JsonWords.of(session.use()));
        json.put("address", session.client().address().getHostAddress());
        json.put("account", session.client().account());
        return json;
    }

    /** A directory rename; the phase is written as in commands. */
    public static Map<String, @Nullable Object> of(RenameTable.Entry rename) {
        Map<String, @Nullable Object> json = new LinkedHashMap<>();
        json.put("since", rename.started());
        json.put("phase", rename.phase().name());
        json.put("account", rename.account());
        json.put("sourceBucket", rename.source().bucket());
        json.put("source", rename.source().key());
        json.put("targetBucket", rename.target().bucket());
        json.put("target", rename.target().key());
        return json;
    }

    /** A token, without its secret. */
    public static Map<String, @Nullable Object> of(ApiToken token, Instant now) {
        Map<String, @Nullable Object> json = new LinkedHashMap<>();
        json.put("name", token.name());
        json.put("role", JsonWords.of(token.role()));
        json.put("created", token.created());
        json.put("expires", token.expires());
        json.put("lastUsed", token.lastUsed());
        json.put("account", token.owner() == null ? null : token.owner().account());
        json.put("inForce", token.isInForce(now));
        return json;
    }

    /** What an account has stored; limits are null if there are none. */
    public static Map<String, @Nullable Object> of(AccountUsage usage) {
        Map<String, @Nullable Object> json = new LinkedHashMap<>();
        json.put("account", usage.account().name());
        json.put("bytes", usage.bytes());
        json.put("quotaBytes", limit(usage.limits().quotaBytes()));
        json.put("files", usage.files());
        json.put("quotaFiles", limit(usage.limits().quotaFiles()));
        json.put("counted", usage.counted());
        return json;
    }

    private static @Nullable Long limit(long limit) {
        return limit == AccountLimits.NONE ? null : (Long) limit;
    }

    /** A watched folder. */
    public static Map<String, @Nullable Object> of(WatchStatus watch) {
        Map<String, @Nullable Object> json = new LinkedHashMap<>();
        json.put("name", watch.name());
        json.put("folder", watch.folder().toString());
        json.put("target", watch.target());
        json.put("state", JsonWords.of(watch.state()));
        json.put("mode", JsonWords.of(watch.mode()));
        json.put("waiting", watch.waiting());
        json.put("stored", watch.stored());
        json.put("storedBytes", watch.storedBytes());
        json.put("failing", watch.failing());
        json.put("overflows", watch.overflows());
        json.put("scanned", watch.scanned());
        json.put("files", watch.files());
        json.put("problem", watch.problem());
        return json;
    }

    /** A watched folder and its files whose last attempt failed. */
    public static Map<String, @Nullable Object> of(WatchStatus watch, List<FailingFile> failing) {
        Map<String, @Nullable Object> json = of(watch);
        json.put("failures", failing.stream().map(ResourceJson::of).toList());
        return json;
    }

    private static Map<String, @Nullable Object> of(FailingFile file) {
        Map<String, @Nullable Object> json = new LinkedHashMap<>();
        json.put("path", file.path());
        json.put("attempts", file.attempts());
        json.put("last", file.last());
        json.put("problem", file.problem());
        return json;
    }

    /** The free space of a remote. */
    public static Map<String, @Nullable Object> of(String remote, String path, RemoteSpace space) {
        Map<String, @Nullable Object> json = new LinkedHashMap<>();
        json.put("remote", remote);
        json.put("path", path);
        json.put("measured", space.measured());
        json.put("total", space.total());
        json.put("available", space.available());
        json.put("source", space.source());
        return json;
    }
}
