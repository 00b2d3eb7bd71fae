package dev.slipway.core.account;

import dev.slipway.core.VirtualPath;

/**
 * A directory in an account's virtual file system that shows a part of a bucket.
 *
 * @param path the virtual path; {@code /} for the whole home
 * @param bucket the bucket
 * @param prefix the prefix of the keys: empty, or ending with {@code /}
 * @param readOnly whether nothing below it can be changed
 */
public record Mount(VirtualPath path, String bucket, String prefix, boolean readOnly) {
    public Mount {
        if (bucket.isEmpty()) {
            throw new IllegalArgumentException("mount " + path + ": the bucket's name is empty");
        }
        if (!prefix.isEmpty() && (!prefix.endsWith("/") || prefix.startsWith("/"))) {
            throw new IllegalArgumentException(
                    "mount " + path + ": the prefix must end with '/' and not start with it, but is '" + prefix + "'");
        }
    }
}
