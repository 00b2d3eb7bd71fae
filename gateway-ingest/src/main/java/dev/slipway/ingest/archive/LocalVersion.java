package dev.slipway.ingest.archive;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What tells versions of a local file apart.
 *
 * @param inode its number in the file system; 0 where there is none
 * @param size bytes
 * @param modified nanoseconds since 1970; programs may set it to any time
 * @param changed when its content, name or attributes changed last, by the clock of its file system, in nanoseconds
 *     since 1970
 */
record LocalVersion(long inode, long size, long modified, long changed) {
    /** Times before 1970 have a minus sign of their own. */
    private static final Pattern TAG = Pattern.compile("local-\\d+-\\d+-(-?\\d+)-(-?\\d+)");

    /**
     * Reads the version of a file. Blocks.
     *
     * @throws NoSuchFileException if there is no regular file of this name
     */
    static LocalVersion of(Path file) throws IOException {
        boolean isUnix = file.getFileSystem().supportedFileAttributeViews().contains("unix");
        Map<String, Object> attributes = Files.readAttributes(
                file,
                isUnix ? "unix:ino,size,lastModifiedTime,ctime,isRegularFile" : "size,lastModifiedTime,isRegularFile",
                LinkOption.NOFOLLOW_LINKS);
        if (!Boolean.TRUE.equals(attributes.get("isRegularFile"))) {
            throw new NoSuchFileException(file.toString(), null, "not a regular file");
        }
        long modified = time(attributes, "lastModifiedTime");
        return new LocalVersion(
                attributes.get("ino") instanceof Long inode ? inode : 0,
                attributes.get("size") instanceof Long size ? size : 0,
                modified,
                isUnix ? time(attributes, "ctime") : modified);
    }

    private static long time(Map<String, Object> attributes, String name) {
        return attributes.get(name) instanceof FileTime time ? time.to(TimeUnit.NANOSECONDS) : 0;
    }

    /** As it stands for an ETag. */
    String tag() {
        return "local-" + inode + "-" + size + "-" + modified + "-" + changed;
    }

    Instant changedAt() {
        return Instant.ofEpochSecond(0, changed);
    }

    /** The time of modification in a {@link #tag}. */
    static Instant modified(String tag) {
        Matcher matcher = TAG.matcher(tag);
        if (!matcher.matches()) {
            throw new IllegalArgumentException(tag + " is no version of a local file");
        }
        return Instant.ofEpochSecond(0, Long.parseLong(matcher.group(1)));
    }
}
