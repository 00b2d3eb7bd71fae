package dev.slipway.ingest.target;

import dev.slipway.core.Failure;
import dev.slipway.core.VfsException;
import dev.slipway.core.VirtualPath;
import dev.slipway.core.vfs.VirtualFileSystem;
import org.jspecify.annotations.Nullable;

/**
 * A target, ready to store files.
 *
 * @param files what the task sees of the store; everything is stored by it, so that locks, quotas, events and
 *     interrupted uploads are those of clients
 * @param folder the directory of the target in it
 * @param account the target's account; null if it is a bucket
 * @param key the template for paths below the folder
 */
public record OpenTarget(
        VirtualFileSystem files,
        VirtualPath folder,
        @Nullable String account,
        KeyTemplate key) {
    /**
     * Where a file is stored.
     *
     * @throws VfsException {@link Failure#NAME_INVALID}: its path at the source cannot be the path of an object: a
     *     segment is empty, {@code .} or {@code ..}, or has control characters. The length is checked by the file system
     */
    public VirtualPath path(KeyValues values) throws VfsException {
        VirtualPath result = folder;
        String expanded = key.expand(values);
        for (String segment : expanded.split("/", -1)) {
            if (!VirtualPath.isProperName(segment)) {
                throw new VfsException(
                        Failure.NAME_INVALID,
                        folder,
                        "The path '" + expanded + "' has a segment that is empty, '.', '..' or not valid text.");
            }
            if (segment.chars().anyMatch(Character::isISOControl)) {
                throw new VfsException(Failure.NAME_INVALID, folder, "The path has a control character.");
            }
            result = result.child(segment);
        }
        return result;
    }
}
