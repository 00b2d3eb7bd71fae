package dev.slipway.app.keys;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Distinguishes versions of a file without reading it.
 *
 * @param modified milliseconds since 1970, or -1 if the file is not accessible
 * @param size bytes
 * @param identity the inode if there is one, for a file that was replaced by another of the same size and time
 */
record FileStamp(long modified, long size, @Nullable Object identity) {
    static List<FileStamp> of(List<Path> files) {
        return files.stream().map(FileStamp::of).toList();
    }

    private static FileStamp of(Path file) {
        try {
            BasicFileAttributes attributes = Files.readAttributes(file, BasicFileAttributes.class);
            return new FileStamp(attributes.lastModifiedTime().toMillis(), attributes.size(), attributes.fileKey());
        } catch (IOException e) {
            return new FileStamp(-1, 0, null);
        }
    }
}
