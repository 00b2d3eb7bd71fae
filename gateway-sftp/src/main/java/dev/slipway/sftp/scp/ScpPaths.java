package dev.slipway.sftp.scp;

import dev.slipway.core.Failure;
import dev.slipway.core.VfsException;
import dev.slipway.core.VirtualPath;
import dev.slipway.core.vfs.EntryCursor;
import dev.slipway.core.vfs.FileEntry;
import dev.slipway.core.vfs.VirtualFileSystem;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Finds the files that the arguments of {@code scp} name. */
final class ScpPaths {
    private static final int PAGE = 1000;
    private static final int LARGEST_EXPANSION = 10_000;

    private final VirtualFileSystem files;

    ScpPaths(VirtualFileSystem files) {
        this.files = files;
    }

    /** An argument as a path. */
    static VirtualPath path(String text) throws VfsException {
        return VirtualPath.parse(text.equals("~") || text.startsWith("~/") ? text.substring(1) : text);
    }

    /** What is at a path; null if there is nothing. */
    @Nullable
    FileEntry statIfPresent(VirtualPath path) throws VfsException {
        try {
            return files.stat(path);
        } catch (VfsException e) {
            if (e.failure() == Failure.NOT_FOUND) {
                return null;
            }
            throw e;
        }
    }

    /** The files that an argument stands for; none if it is a pattern that nothing matches. */
    List<FileEntry> find(ScpArguments.Word word) throws VfsException {
        return word.isPattern() ? expanded(word) : List.of(files.stat(path(word.text())));
    }

    private List<FileEntry> expanded(ScpArguments.Word word) throws VfsException {
        List<FileEntry> found = List.of(files.stat(VirtualPath.ROOT));
        for (ScpArguments.Word segment : word.segments()) {
            if (segment.text().isEmpty()) {
                continue;
            }
            List<FileEntry> next = new ArrayList<>();
            for (FileEntry directory : found) {
                if (segment.isPattern()) {
                    next.addAll(matching(directory, segment));
                } else {
                    FileEntry entry = statIfPresent(directory.path().resolve(segment.text()));
                    if (entry != null) {
                        next.add(entry);
                    }
                }
            }
            found = next;
        }
        return found;
    }

    private List<FileEntry> matching(FileEntry directory, ScpArguments.Word names) throws VfsException {
        List<FileEntry> result = new ArrayList<>();
        if (directory.directory()) {
            try (EntryCursor cursor = files.list(directory.path())) {
                List<FileEntry> page = cursor.next(PAGE);
                while (!page.isEmpty()) {
                    page.stream().filter(entry -> names.matches(entry.name())).forEach(result::add);
                    if (result.size() > LARGEST_EXPANSION) {
                        throw new VfsException(
                                Failure.UNSUPPORTED,
                                directory.path(),
                                "More than " + LARGEST_EXPANSION + " names match. Copy the directory instead.");
                    }
                    page = cursor.next(PAGE);
                }
            }
        }
        return result;
    }
}
