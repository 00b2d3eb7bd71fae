package dev.slipway.ingest.watch;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * What tells versions of a local file apart.
 *
 * @param inode its number in the file system; 0 if not compared, since some network file systems change it
 * @param size bytes
 * @param modified nanoseconds since 1970
 */
record FileVersion(long inode, long size, long modified) {
    /**
     * Reads the version of a file. Blocks.
     *
     * @throws NoSuchFileException if there is no regular file of this name
     */
    static FileVersion of(Path file, boolean comparesInodes) throws IOException {
        Map<String, Object> attributes = Files.readAttributes(
                file,
                comparesInodes ? "unix:ino,size,lastModifiedTime,isRegularFile" : "size,lastModifiedTime,isRegularFile",
                LinkOption.NOFOLLOW_LINKS);
        if (!Boolean.TRUE.equals(attributes.get("isRegularFile"))) {
            throw new NoSuchFileException(file.toString(), null, "not a regular file");
        }
        return new FileVersion(
                attributes.get("ino") instanceof Long inode ? inode : 0,
                attributes.get("size") instanceof Long size ? size : 0,
                attributes.get("lastModifiedTime") instanceof FileTime time ? time.to(TimeUnit.NANOSECONDS) : 0);
    }

    Instant time() {
        return Instant.ofEpochSecond(0, modified);
    }
}
