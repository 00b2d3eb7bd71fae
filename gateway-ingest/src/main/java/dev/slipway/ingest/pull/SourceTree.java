package dev.slipway.ingest.pull;

import dev.slipway.core.VirtualPath;
import dev.slipway.transfer.push.NamePattern;
import dev.slipway.transfer.remote.RemoteConnection;
import dev.slipway.transfer.remote.RemoteEntry;
import dev.slipway.transfer.remote.RemoteException;
import dev.slipway.transfer.remote.RemoteFailure;
import dev.slipway.transfer.remote.RemoteListing;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Walks the source folder and all that is below it, depth first. Memory use is that of one answer of the server for each
 * level, at most {@value #DEEPEST} levels, however many files there are. Not thread-safe.
 */
final class SourceTree implements AutoCloseable {
    /** Deeper folders are left out: servers have a limit of open folders, and so does memory. */
    static final int DEEPEST = 64;

    /** What takes the place of bytes that are no UTF-8. */
    private static final char REPLACEMENT = '\uFFFD';

    private final RemoteConnection connection;
    private final PullSettings settings;
    private final PullTally tally;
    private final List<Pattern> include;
    private final List<Pattern> exclude;
    private final Deque<Level> levels = new ArrayDeque<>();
    private boolean complete = true;

    /**
     * A folder that is being listed.
     *
     * @param path below the source folder, ending with a slash; empty for the source folder
     * @param realPath where it is without links, without a trailing slash; null if links are not followed
     * @param page what is left of the server's last answer
     */
    private record Level(String path, @Nullable String realPath, RemoteListing listing, Deque<RemoteEntry> page) {}

    /**
     * Opens the source folder.
     *
     * @throws RemoteException NOT_FOUND: it is not there
     */
    SourceTree(RemoteConnection connection, PullSettings settings, PullTally tally) throws RemoteException {
        this.connection = connection;
        this.settings = settings;
        this.tally = tally;
        this.include = settings.include().stream().map(NamePattern::compile).toList();
        this.exclude = settings.exclude().stream().map(NamePattern::compile).toList();
        String realPath = settings.links() == PullSettings.Links.SKIP ? null : real(settings.folder());
        levels.push(new Level("", realPath, connection.openFolder(settings.folder()), new ArrayDeque<>()));
    }

    /** The path on the remote of what is below the source folder. */
    static String remotePath(PullSettings settings, String path) {
        String folder = settings.folder();
        return (folder.endsWith("/") ? folder : folder + "/") + path;
    }

    /** Whether everything could be listed so far. */
    boolean isComplete() {
        return complete;
    }

    /**
     * The next files. Blocks for the remote's answers.
     *
     * @return empty at the end
     * @throws RemoteException the connection is lost, or the source folder itself can no longer be listed
     */
    List<SourceFile> next(int limit) throws RemoteException {
        List<SourceFile> files = new ArrayList<>();
        while (files.size() < limit && !levels.isEmpty()) {
            Level level = levels.element();
            RemoteEntry entry = level.page().poll();
            if (entry == null) {
                fetch(level);
            } else {
                visit(level, entry).ifPresent(files::add);
            }
        }
        return files;
    }

    /** Fetches the next answer for a folder, or leaves the folder. */
    private void fetch(Level level) throws RemoteException {
        List<RemoteEntry> page;
        try {
            page = level.listing().next();
        } catch (RemoteException e) {
            if (level.path().isEmpty()) {
                throw e;
            }
            unreadable(level.path(), e);
            page = List.of();
        }
        if (page.isEmpty()) {
            levels.pop().listing().close();
        } else {
            level.page().addAll(page);
        }
    }

    private void unreadable(String path, RemoteException e) throws RemoteException {
        if (isLost(e)) {
            throw e;
        }
        complete = false;
        if (e.failure() != RemoteFailure.NOT_FOUND) {
            tally.failed(path, String.valueOf(e.getMessage()));
        }
    }

    /** Whether nothing can be had of the remote any more. */
    static boolean isLost(RemoteException e) {
        return e.failure() == RemoteFailure.UNREACHABLE || e.failure() == RemoteFailure.TIMEOUT;
    }

    private Optional<SourceFile> visit(Level level, RemoteEntry entry) throws RemoteException {
        String path = level.path() + entry.name();
        if (!VirtualPath.isProperName(entry.name()) || entry.name().indexOf(REPLACEMENT) >= 0) {
            tally.invalid(path, "the name is not valid UTF-8");
            return Optional.empty();
        }
        return switch (entry.kind()) {
            case FILE -> file(path, entry);
            case FOLDER -> {
                if (!isLeftOut(path)) {
                    open(level, path, level.realPath() == null ? null : level.realPath() + "/" + entry.name());
                }
                yield Optional.empty();
            }
            case LINK -> followed(level, path);
            case OTHER -> {
                tally.leftOut();
                yield Optional.empty();
            }
        };
    }

    private Optional<SourceFile> file(String path, RemoteEntry entry) {
        boolean isWanted = (include.isEmpty() || matches(include, path)) && !matches(exclude, path);
        return isWanted ? Optional.of(SourceFile.of(path, entry)) : Optional.empty();
    }

    private static boolean matches(List<Pattern> patterns, String path) {
        return patterns.stream().anyMatch(pattern -> pattern.matcher(path).matches());
    }

    /** Whether nothing in a folder is wanted. */
    private boolean isLeftOut(String path) {
        String aside = settings.afterwardsFolder();
        return matches(exclude, path + "/")
                || (aside != null
                        && (aside.endsWith("/") ? aside : aside + "/").equals(remotePath(settings, path) + "/"));
    }

    private void open(Level level, String path, @Nullable String realPath) throws RemoteException {
        if (levels.size() > DEEPEST) {
            complete = false;
            tally.failed(path, "it is more than " + DEEPEST + " folders deep");
            return;
        }
        try {
            RemoteListing listing = connection.openFolder(remotePath(settings, path));
            levels.push(new Level(path + "/", realPath, listing, new ArrayDeque<>()));
        } catch (RemoteException e) {
            unreadable(level.path().isEmpty() ? path : path + "/", e);
        }
    }

    private Optional<SourceFile> followed(Level level, String path) throws RemoteException {
        if (settings.links() == PullSettings.Links.SKIP) {
            tally.leftOut();
            return Optional.empty();
        }
        try {
            String remotePath = remotePath(settings, path);
            Optional<RemoteEntry> target = connection.entry(remotePath, true);
            if (target.isEmpty()) {
                tally.leftOut();
                return Optional.empty();
            }
            String realPath = real(remotePath);
            if (settings.links() == PullSettings.Links.INSIDE && !isWithin(realPath, root())) {
                tally.leftOut();
                return Optional.empty();
            }
            return switch (target.get().kind()) {
                case FILE -> file(path, target.get());
                case FOLDER -> {
                    // Whoever follows a link to a folder that it is in comes by the same link again.
                    if (levels.stream().anyMatch(open -> isWithin(String.valueOf(open.realPath()), realPath))) {
                        tally.loop(path);
                    } else if (!isLeftOut(path)) {
                        open(level, path, realPath);
                    }
                    yield Optional.empty();
                }
                case LINK, OTHER -> {
                    tally.leftOut();
                    yield Optional.empty();
                }
            };
        } catch (RemoteException e) {
            unreadable(path, e);
            return Optional.empty();
        }
    }

    private String root() {
        return String.valueOf(levels.getLast().realPath());
    }

    private String real(String path) throws RemoteException {
        String real = connection.realPath(path);
        return real.endsWith("/") ? real.substring(0, real.length() - 1) : real;
    }

    private static boolean isWithin(String path, String folder) {
        return path.equals(folder) || path.startsWith(folder + "/");
    }

    @Override
    public void close() {
        levels.forEach(level -> level.listing().close());
    }
}
