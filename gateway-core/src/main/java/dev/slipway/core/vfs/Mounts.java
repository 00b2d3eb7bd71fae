package dev.slipway.core.vfs;

import dev.slipway.core.Failure;
import dev.slipway.core.VfsException;
import dev.slipway.core.VirtualPath;
import dev.slipway.core.account.Mount;
import dev.slipway.core.store.ObjectKey;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** Maps virtual paths to locations in buckets. */
final class Mounts {
    private final List<Mount> deepestFirst;

    Mounts(List<Mount> mounts) {
        deepestFirst = mounts.stream()
                .sorted(Comparator.comparingInt(
                                (Mount mount) -> mount.path().segments().size())
                        .reversed())
                .toList();
    }

    /**
     * A location in a bucket.
     *
     * @param path the virtual path
     * @param mount the mount that contains it
     * @param key the key of a file at this path; null for the mount's root
     */
    record ObjectLocation(
            VirtualPath path, Mount mount, @Nullable ObjectKey key) {
        boolean isMountRoot() {
            return key == null;
        }

        /** The key of a file here. Fails for a mount's root. */
        ObjectKey file() {
            if (key == null) {
                throw new IllegalStateException(path + " is the root of a mount");
            }
            return key;
        }

        /** The prefix of all children's keys: ends with a slash, or is empty for a whole bucket. */
        String prefix() {
            return key == null ? mount.prefix() : key.key() + "/";
        }

        /** The key of the marker of a directory here. Fails for a mount's root. */
        ObjectKey marker() {
            return new ObjectKey(mount.bucket(), file().key() + "/");
        }
    }

    /**
     * Returns the location of a path.
     *
     * @return empty if no mount contains it
     * @throws VfsException {@link Failure#NAME_INVALID} if the key would be longer than S3 allows
     */
    Optional<ObjectLocation> find(VirtualPath path) throws VfsException {
        for (Mount mount : deepestFirst) {
            if (path.startsWith(mount.path())) {
                int depth = mount.path().segments().size();
                String rest = String.join(
                        "/", path.segments().subList(depth, path.segments().size()));
                if (rest.isEmpty()) {
                    return Optional.of(new ObjectLocation(path, mount, null));
                }
                ObjectKey key = new ObjectKey(mount.bucket(), mount.prefix() + rest);
                if (key.isTooLong()) {
                    throw new VfsException(
                            Failure.NAME_INVALID, path, "The path is too long: S3 takes at most 1024 bytes.");
                }
                return Optional.of(new ObjectLocation(path, mount, key));
            }
        }
        return Optional.empty();
    }

    /** The names of the entries of a directory that are mounts or lead to mounts. */
    Set<String> namesIn(VirtualPath directory) {
        Set<String> names = new TreeSet<>();
        int depth = directory.segments().size();
        for (Mount mount : deepestFirst) {
            if (mount.path().segments().size() > depth && mount.path().startsWith(directory)) {
                names.add(mount.path().segments().get(depth));
            }
        }
        return names;
    }

    /** Whether a mount lies below a path, so that the path is a directory that cannot be removed. */
    boolean anyBelow(VirtualPath path) {
        return !namesIn(path).isEmpty();
    }
}
