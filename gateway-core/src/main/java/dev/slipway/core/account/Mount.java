package dev.slipway.core.account;

import dev.slipway.core.VirtualPath;

/**
 * A directory in an account's virtual file system that shows a part of a bucket.
 *
 * @param path the virtual path; {@code /} for the whole home
 * @param bucket the bucket
 * @param prefix the prefix of the keys: empty, or ending with {@code /}
 * @param readOnly whether nothing below it can be changed
 * @param archives whether objects that were moved into archives still appear at their original paths
 */
public record Mount(VirtualPath path, String bucket, String prefix, boolean readOnly, boolean archives) {
    /** A mount that shows only what is in the bucket. */
    public Mount(VirtualPath path, String bucket, String prefix, boolean readOnly) {
        this(path, bucket, prefix, readOnly, false);
    }

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
