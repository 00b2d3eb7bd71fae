package dev.slipway.transfer.push;

import dev.slipway.transfer.remote.TransferMode;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * An order as stored in the database.
 *
 * @param bucket the bucket of the objects; empty for a URL
 * @param key the object's key, or the common prefix of several
 * @param pattern the pattern for the rest of their keys; null for one object
 * @param versionId null for the newest version
 * @param etag the ETag of the only version to send; null for any, and where an earlier version has kept it
 * @param url the URL to fetch instead of an object, without its query; null for none
 * @param secrets the URL, headers and unnamed remote, encrypted; null for none
 * @param path where on the remote
 * @param name the file's name in a folder
 * @param exact whether the path is that of the file, even if it is a folder
 * @param include see {@link PushOrder}
 * @param exclude likewise
 * @param newer likewise; null for no, otherwise what tells this source and destination from others
 * @param overwrite likewise
 * @param makeFolders likewise
 * @param mode likewise
 * @param authority on whose behalf; null where an earlier version has kept it
 * @param allowEmpty see {@link PushOrder}; null where an earlier version has kept it, which allowed it
 */
record PushRequest(
        String bucket,
        String key,
        @Nullable String pattern,
        @Nullable String versionId,
        @Nullable String etag,
        @Nullable String url,
        @Nullable String secrets,
        String path,
        String name,
        boolean exact,
        List<String> include,
        List<String> exclude,
        @Nullable String newer,
        boolean overwrite,
        boolean makeFolders,
        @Nullable TransferMode mode,
        @Nullable String authority,
        @Nullable Boolean allowEmpty) {
    PushRequest {
        include = List.copyOf(include);
        exclude = List.copyOf(exclude);
    }
}
