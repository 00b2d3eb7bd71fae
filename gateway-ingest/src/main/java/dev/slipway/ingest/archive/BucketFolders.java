package dev.slipway.ingest.archive;

import dev.slipway.core.NameRule;
import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/** The folders that are named as the buckets of the files below them. */
final class BucketFolders {
    private BucketFolders() {}

    /**
     * Lists the buckets that have a folder, in their order. Names that begin with a dot are passed over. Blocks.
     *
     * @param problems gets what else is in the root and is no folder of a bucket
     */
    static List<String> list(Path root, RunProblems problems) throws IOException {
        List<String> buckets = new ArrayList<>();
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(root)) {
            for (Path entry : entries) {
                String name = Objects.requireNonNull(entry.getFileName()).toString();
                if (name.startsWith(".")) {
                    continue;
                }
                if (!Files.isDirectory(entry, LinkOption.NOFOLLOW_LINKS)) {
                    problems.add(entry + " is not in a folder that is named as a bucket");
                } else if (!NameRule.BUCKET.accepts(name)) {
                    problems.add(entry + " is not named as a bucket: " + NameRule.BUCKET.expected());
                } else {
                    buckets.add(name);
                }
            }
        } catch (DirectoryIteratorException e) {
            throw e.getCause();
        } catch (NoSuchFileException | NotDirectoryException e) {
            throw new IOException(root + " is no folder", e);
        }
        buckets.sort(null);
        return buckets;
    }
}
