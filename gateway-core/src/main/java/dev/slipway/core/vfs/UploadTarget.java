package dev.slipway.core.vfs;

import dev.slipway.core.store.BaseVersion;
import dev.slipway.core.store.UploadOwner;
import dev.slipway.core.vfs.Mounts.ObjectLocation;
import org.jspecify.annotations.Nullable;

/**
 * Where an upload goes.
 *
 * @param mode what it does about a file that exists
 * @param owner who can resume it
 * @param checked when the file's directory was seen to exist, and no directory to have the file's name
 */
record UploadTarget(ObjectLocation location, CreateMode mode, UploadOwner owner, KnownDirectories.Moment checked) {
    /** The version that it changes, and must replace; null if it is a file of its own. */
    @Nullable
    BaseVersion base() {
        return owner.base();
    }
}
