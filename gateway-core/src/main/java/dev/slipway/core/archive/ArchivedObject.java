package dev.slipway.core.archive;

import dev.slipway.core.store.ObjectInfo;
import dev.slipway.core.store.ObjectKey;
import java.util.Optional;
import java.util.UUID;

/**
 * An object that was moved into an archive.
 *
 * @param position among the members of the archive, from 0
 */
public record ArchivedObject(Archive archive, int position, ArchiveMember member) {
    /** No store returns such an ETag. */
    private static final String ETAG_BEGINS = "\"archived-";

    /** The original key. */
    public ObjectKey key() {
        return member.key();
    }

    /**
     * What the file system knows about the object. Its ETag names this member, so that its version differs from those
     * of all other objects, and a reader finds the member again.
     */
    public ObjectInfo info() {
        return info(archive.id(), position, member);
    }

    /** As {@link #info()}, for a member of the archive with an id. */
    public static ObjectInfo info(UUID archive, int position, ArchiveMember member) {
        return new ObjectInfo(
                member.key(), member.size(), ETAG_BEGINS + archive + "-" + position + "\"", member.modified());
    }

    /** Whether {@link #info()} returned this. */
    public static boolean isArchived(ObjectInfo version) {
        return version.etag().startsWith(ETAG_BEGINS);
    }

    /** The member that a version names; empty if it is no archived object. */
    public static Optional<Place> place(ObjectInfo version) {
        if (!isArchived(version)) {
            return Optional.empty();
        }
        String names =
                version.etag().substring(ETAG_BEGINS.length(), version.etag().length() - 1);
        int end = names.lastIndexOf('-');
        return Optional.of(
                new Place(UUID.fromString(names.substring(0, end)), Integer.parseInt(names.substring(end + 1))));
    }

    /**
     * Names a member.
     *
     * @param archive the archive's id
     * @param position among the archive's members, from 0
     */
    public record Place(UUID archive, int position) {}
}
