package dev.slipway.app.embedded;

import java.io.IOException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.UserDefinedFileAttributeView;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What s3proxy leaves in its folder when it is killed. Its names (version 4.1.0):
 *
 * <ul>
 * <li>{@code KEY-UUID} beside the object: the object while it is written. It becomes the object by a rename, or, for a
 * write with If-None-Match, by a link. The attribute {@code user.content-md5} is set after the last byte.
 * <li>{@code .mpus-UPLOAD-KEY-stub} and {@code .s3proxy-mpu-stub-UPLOAD}, at the top of the bucket: an upload in parts.
 * They are made in this order, after which the client learns the upload's id, and are removed in this order when it is
 * completed or aborted.
 * <li>{@code .mpus-UPLOAD-KEY-NUMBER}: a part; written like an object, and removed before the stubs.
 * </ul>
 *
 * <p>KEY may have slashes: all these are paths from the top of the bucket.
 */
final class Leftovers {
    private static final String UUID = "[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}";
    private static final Pattern TEMPORARY = Pattern.compile("(.+)-" + UUID, Pattern.DOTALL);
    private static final Pattern UPLOAD_PATH = Pattern.compile("\\.mpus-(" + UUID + ")-.*", Pattern.DOTALL);
    private static final Pattern UPLOAD_STUB = Pattern.compile("\\.s3proxy-mpu-stub-(" + UUID + ")");
    /** As the JDK names it. On the disk it is "user.user.content-md5": s3proxy writes the "user." that the JDK adds. */
    private static final String CONTENT_MD5 = "user.content-md5";

    private final Path buckets;

    Leftovers(Path buckets) {
        this.buckets = buckets;
    }

    /** Whether a key or file name looks like that of an object that is still being written. */
    static boolean isTemporaryName(String name) {
        return TEMPORARY.matcher(name).matches();
    }

    /**
     * Removes leftovers of a killed run: temporary files, the second name of an object that was published by a link,
     * and directories created for a file that never arrived. Only for a folder that no store is serving.
     *
     * @param since when that run started; files last changed before that stay
     * @return how many files and directories were removed
     */
    int removeUnfinished(Instant since) throws IOException {
        int[] removed = {0};
        Files.walkFileTree(buckets, new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
                if (attributes.isRegularFile()
                        && !isBefore(attributes, since)
                        && (isUnfinished(file) || isSecondName(file, attributes))) {
                    Files.delete(file);
                    removed[0]++;
                }
                return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult postVisitDirectory(Path directory, @Nullable IOException failure)
                    throws IOException {
                boolean withinBucket = buckets.relativize(directory).getNameCount() > 1;
                if (withinBucket && !hasContentMd5(directory)) {
                    try {
                        // Neither a marker nor a parent: it is not an object, but listings would show it.
                        Files.delete(directory);
                        removed[0]++;
                    } catch (DirectoryNotEmptyException e) {
                        // It has children: that is what a directory is for.
                    }
                }
                return FileVisitResult.CONTINUE;
            }
        });
        return removed[0];
    }

    /**
     * Removes multipart uploads that can no longer be completed because a stub is missing, and abandoned ones.
     *
     * @param idle how long an upload may have been idle to be kept
     * @return how many uploads were removed
     */
    int removeUploads(Duration idle) throws IOException {
        int removed = 0;
        Instant limit = Instant.now().minus(idle);
        for (Path bucket : children(buckets)) {
            if (Files.isDirectory(bucket, LinkOption.NOFOLLOW_LINKS)) {
                for (Upload upload : uploads(bucket)) {
                    if (!upload.canBeCompleted() || upload.lastChange().isBefore(limit)) {
                        for (Path path : upload.paths) {
                            deleteRecursively(path);
                        }
                        removed++;
                    }
                }
            }
        }
        return removed;
    }

    private static boolean isBefore(BasicFileAttributes attributes, Instant since) {
        return attributes.lastModifiedTime().toInstant().isBefore(since);
    }

    private static boolean isUnfinished(Path file) throws IOException {
        return isTemporaryName(file.getFileName().toString()) && !hasContentMd5(file);
    }

    /** A crash between the link that published an object and the removal of its temporary name. */
    private static boolean isSecondName(Path file, BasicFileAttributes attributes) throws IOException {
        Matcher name = TEMPORARY.matcher(file.getFileName().toString());
        if (!name.matches() || attributes.fileKey() == null) {
            return false;
        }
        try {
            BasicFileAttributes object = Files.readAttributes(
                    file.resolveSibling(name.group(1)), BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
            return Objects.equals(object.fileKey(), attributes.fileKey());
        } catch (NoSuchFileException e) {
            return false;
        }
    }

    private static boolean hasContentMd5(Path path) throws IOException {
        return Files.getFileAttributeView(path, UserDefinedFileAttributeView.class)
                .list()
                .contains(CONTENT_MD5);
    }

    private static Iterable<Upload> uploads(Path bucket) throws IOException {
        Map<String, Upload> uploads = new HashMap<>();
        for (Path path : children(bucket)) {
            String name = path.getFileName().toString();
            Matcher upload = UPLOAD_PATH.matcher(name);
            Matcher stub = UPLOAD_STUB.matcher(name);
            if (upload.matches()) {
                uploads.computeIfAbsent(upload.group(1), id -> new Upload())
                        .paths
                        .add(path);
            } else if (stub.matches()) {
                Upload found = uploads.computeIfAbsent(stub.group(1), id -> new Upload());
                found.paths.add(path);
                found.hasMetadata = true;
            }
        }
        return uploads.values();
    }

    private static List<Path> children(Path directory) throws IOException {
        List<Path> children = new ArrayList<>();
        try (DirectoryStream<Path> stream = Files.newDirectoryStream(directory)) {
            stream.forEach(children::add);
        }
        return children;
    }

    private static void deleteRecursively(Path path) throws IOException {
        Files.walkFileTree(path, new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
                Files.delete(file);
                return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult postVisitDirectory(Path directory, @Nullable IOException failure)
                    throws IOException {
                Files.delete(directory);
                return FileVisitResult.CONTINUE;
            }
        });
    }

    /** The files of one multipart upload. */
    private static final class Upload {
        private final List<Path> paths = new ArrayList<>();
        /** Whether there is the stub that has the object's metadata. */
        private boolean hasMetadata;

        /** Whether both stubs are there. */
        private boolean canBeCompleted() throws IOException {
            boolean[] hasStub = {false};
            visitFiles((file, attributes) -> {
                String path = file.toString();
                hasStub[0] |= path.contains(".mpus-") && path.endsWith("-stub");
            });
            return hasMetadata && hasStub[0];
        }

        private Instant lastChange() throws IOException {
            Instant[] last = {Instant.MIN};
            visitFiles((file, attributes) -> {
                Instant changed = attributes.lastModifiedTime().toInstant();
                last[0] = changed.isAfter(last[0]) ? changed : last[0];
            });
            return last[0];
        }

        private interface FileAction {
            void apply(Path file, BasicFileAttributes attributes);
        }

        private void visitFiles(FileAction action) throws IOException {
            for (Path path : paths) {
                Files.walkFileTree(path, new SimpleFileVisitor<>() {
                    @Override
                    public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
                        action.apply(file, attributes);
                        return FileVisitResult.CONTINUE;
                    }
                });
            }
        }
    }
}
