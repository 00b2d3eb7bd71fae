package dev.slipway.core.vfs;

import dev.slipway.core.PosixAttributes;
import dev.slipway.core.store.ObjectAttributes;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A file's attributes in the metadata of its object, for other programs: the time in seconds since 1970 as rclone and s3fs
 * read it; mode (with the file type), owner and group as decimal numbers, as s3fs reads them.
 */
final class ObjectMetadata {
    private ObjectMetadata() {}

    static ObjectAttributes of(@Nullable Instant modified, PosixAttributes posix) {
        Map<String, String> metadata = new HashMap<>();
        if (modified != null) {
            metadata.put("mtime", Long.toString(modified.getEpochSecond()));
        }
        if (posix.mode() != null) {
            metadata.put("mode", Integer.toString(posix.typeAndMode(false, true)));
        }
        if (posix.owner() != null) {
            metadata.put("uid", Long.toString(posix.owner()));
        }
        if (posix.group() != null) {
            metadata.put("gid", Long.toString(posix.group()));
        }
        return new ObjectAttributes(metadata);
    }
}
