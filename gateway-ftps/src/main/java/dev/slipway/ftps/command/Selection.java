package dev.slipway.ftps.command;

import dev.slipway.core.Failure;
import dev.slipway.core.VfsException;
import dev.slipway.core.VirtualPath;
import dev.slipway.core.vfs.EntryCursor;
import dev.slipway.core.vfs.FileEntry;
import dev.slipway.ftps.control.Session;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** What a listing command selects: the entries of a directory, one file, or the matches of a pattern. */
final class Selection implements AutoCloseable {
    private static final int PAGE = 1000;

    private final EntryCursor cursor;
    private final Predicate<String> wanted;
    private final String prefix;
    private final boolean prefixed;
    private @Nullable List<FileEntry> first;

    private Selection(EntryCursor cursor, Predicate<String> wanted, String prefix, boolean prefixed)
            throws VfsException {
        this.cursor = cursor;
        this.wanted = wanted;
        this.prefix = prefix;
        this.prefixed = prefixed;
        boolean read = false;
        try {
            this.first = page();
            read = true;
        } finally {
            if (!read) {
                cursor.close();
            }
        }
    }

    /**
     * Resolves an argument and reads the first page, so that most failures occur before the reply 150.
     *
     * @param argument options of {@code ls}, which are ignored since everything is always shown, and a path whose last
     *     segment may hold {@code *} and {@code ?}; null for the current directory
     */
    static Selection of(Session session, @Nullable String argument) throws VfsException {
        return ofPath(session, withoutOptions(argument), true);
    }

    /** The entries of a directory, and nothing else. */
    static Selection ofDirectory(Session session, @Nullable String argument) throws VfsException {
        return ofPath(session, argument == null ? "" : argument, false);
    }

    private static Selection ofPath(Session session, String path, boolean anything) throws VfsException {
        VirtualPath resolved = session.state().resolve(path);
        try {
            String prefix = path.isEmpty() || path.endsWith("/") ? path : path + "/";
            return new Selection(session.files().list(resolved), _ -> true, prefix, true);
        } catch (VfsException e) {
            if (!anything) {
                throw e;
            }
            if (e.failure() == Failure.NOT_A_DIRECTORY) {
                return new Selection(once(session.files().stat(resolved)), _ -> true, path, false);
            }
            String name = resolved.name();
            if (e.failure() == Failure.NOT_FOUND && NamePattern.isPattern(name)) {
                String prefix = path.substring(0, path.lastIndexOf('/') + 1);
                return new Selection(session.files().list(resolved.parent()), NamePattern.matcher(name), prefix, true);
            }
            throw e;
        }
    }

    private static String withoutOptions(@Nullable String argument) {
        String rest = argument == null ? "" : argument;
        while (rest.startsWith("-")) {
            int space = rest.indexOf(' ');
            rest = space < 0 ? "" : rest.substring(space + 1);
        }
        return rest;
    }

    private static EntryCursor once(FileEntry entry) {
        List<FileEntry> left = new ArrayList<>(List.of(entry));
        return new EntryCursor() {
            @Override
            public List<FileEntry> next(int limit) {
                List<FileEntry> page = List.copyOf(left);
                left.clear();
                return page;
            }

            @Override
            public void close() {
                // nothing is held
            }
        };
    }

    /** The next entries; empty at the end. */
    List<FileEntry> next() throws VfsException {
        if (first != null) {
            List<FileEntry> page = first;
            first = null;
            return page;
        }
        return page();
    }

    private List<FileEntry> page() throws VfsException {
        while (true) {
            List<FileEntry> page = cursor.next(PAGE);
            List<FileEntry> matching =
                    page.stream().filter(entry -> wanted.test(entry.name())).toList();
            if (page.isEmpty() || !matching.isEmpty()) {
                return matching;
            }
        }
    }

    /** Frees the memory of a listing. Does not block. */
    @Override
    public void close() {
        cursor.close();
    }

    /** The entry's name, with the path in front of it that the client asked for, so that it can be used in commands. */
    String nameOf(FileEntry entry) {
        return prefixed ? prefix + entry.name() : prefix;
    }
}
