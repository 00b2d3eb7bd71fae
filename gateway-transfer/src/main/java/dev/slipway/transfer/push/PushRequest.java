package dev.slipway.transfer.push;

import dev.slipway.transfer.remote.TransferMode;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * An order as the database keeps it.
 *
 * @param bucket where the object is, or many are; empty for a URL
 * @param key the object, or what the keys of many begin with
 * @param pattern what the rest of their keys has to match; null for one object
 * @param versionId null for the newest version
 * @param url what is fetched instead of an object, without its query; null for none
 * @param secrets the URL, headers and a remote that nobody has a name for, encrypted; null for none
 * @param path where on the remote
 * @param name what the file is called in a folder
 * @param exact whether the path is the file's own, also if there is a folder
 * @param include see {@link PushOrder}
 * @param exclude likewise
 * @param newer likewise; null for no, otherwise what tells this source and destination from others
 * @param overwrite likewise
 * @param makeFolders likewise
 * @param mode likewise
 * @param authority on whose behalf; null where an earlier version has kept it
 */
record PushRequest(
        String bucket,
        String key,
        @Nullable String pattern,
        @Nullable String versionId,
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
        @Nullable String authority) {
    PushRequest {
        include = List.copyOf(include);
        exclude = List.copyOf(exclude);
    }
}
