package dev.slipway.app.keys;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What tells one version of a file from another without reading it.
 *
 * @param modified milliseconds since 1970, or -1 when the file cannot be seen
 * @param size bytes
 * @param identity the inode where there is one: a file that was replaced by a renamed one of the same size and time
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
