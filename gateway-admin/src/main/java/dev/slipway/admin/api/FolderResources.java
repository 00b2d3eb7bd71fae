package dev.slipway.admin.api;

import dev.slipway.core.VfsException;
import dev.slipway.core.VirtualPath;
import dev.slipway.core.vfs.FileEntry;
import dev.slipway.core.vfs.RenameMode;
import dev.slipway.core.vfs.Space;
import dev.slipway.core.vfs.VirtualFileSystem;
import dev.slipway.transfer.json.Expected;
import dev.slipway.transfer.json.JsonBody;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The folders of an account: what is in them, and changes of it. */
final class FolderResources {
    private static final int USUAL_PAGE = 1000;
    private static final int LARGEST_PAGE = 1000;

    /** After this long, a folder with many files is left half deleted, and the client asks again. */
    private static final Duration LONGEST_DELETION = Duration.ofSeconds(5);

    private final @Nullable FileSessions sessions;

    private record NewFolder(@Expected(FileJson.EXPECTED) String path) {}

    private record FileMove(
            @Expected(FileJson.EXPECTED) String from,

            @Expected(FileJson.EXPECTED) String to,

            @Expected("true or false") @Nullable Boolean replace) {}

    FolderResources(@Nullable FileSessions sessions) {
        this.sessions = sessions;
    }

    List<Route> routes() {
        Set<String> none = Set.of();
        return List.of(
                new Route("GET", "/files", Access.OWN, Set.of("path", "offset", "limit"), this::list),
                new Route("DELETE", "/files", Access.OWN, Set.of("path", "recursive"), this::delete),
                new Route("GET", "/files/space", Access.OWN, Set.of("path"), this::space),
                new Route("POST", "/files/folders", Access.OWN, none, this::create),
                new Route("POST", "/files/moves", Access.OWN, none, this::move),
                new Route("POST", "/files/copies", Access.OWN, none, this::copy));
    }

    static FileSessions present(@Nullable FileSessions sessions) {
        if (sessions == null) {
            throw new ProblemException(ProblemType.NOT_AVAILABLE, "this gateway serves no files over HTTP");
        }
        return sessions;
    }

    private FileSessions.Use use(ApiRequest request) {
        return present(sessions).use(request.login(), request.address());
    }

    private FileSessions.Use task(ApiRequest request) {
        return present(sessions).task(request.login(), request.address());
    }

    private static long number(ApiRequest request, String name, long usual, long least, long most) {
        String expected = "a whole number from " + least + " to " + most;
        Long value = request.query(name, expected, Long::parseLong);
        if (value == null) {
            return usual;
        }
        if (value < least || value > most) {
            throw ProblemException.invalidQuery(name, "it is " + value, expected);
        }
        return value;
    }

    private ApiResponse list(ApiRequest request) throws VfsException {
        VirtualPath path = FileJson.path(request);
        long offset = number(request, "offset", 0, 0, Integer.MAX_VALUE);
        int limit = (int) number(request, "limit", USUAL_PAGE, 1, LARGEST_PAGE);
        try (FileSessions.Use use = use(request)) {
            FileSession.Page page = use.session().list(path, offset, limit);
            Map<String, @Nullable Object> json = new LinkedHashMap<>();
            json.put("path", path.toString());
            json.put("entries", page.entries().stream().map(FileJson::json).toList());
            json.put("next", page.next());
            return ApiResponse.ok(json);
        }
    }

    private ApiResponse space(ApiRequest request) throws VfsException {
        VirtualPath path = FileJson.path(request);
        try (FileSessions.Use use = use(request)) {
            Space space = use.session().files().space(path);
            boolean limited = !space.equals(Space.UNLIMITED);
            Map<String, @Nullable Object> json = new LinkedHashMap<>();
            json.put("total", limited ? (Long) space.total() : null);
            json.put("free", limited ? (Long) space.free() : null);
            return ApiResponse.ok(json);
        }
    }

    private ApiResponse create(ApiRequest request) throws VfsException {
        JsonBody body = request.body();
        NewFolder folder = body.read(NewFolder.class);
        body.check();
        VirtualPath path = FileJson.path("path", folder.path());
        try (FileSessions.Use use = use(request)) {
            use.session().files().mkdir(path);
            return new ApiResponse(
                    201,
                    Map.of("Content-Type", ApiResponse.JSON),
                    ApiJson.format(FileJson.json(use.session().files().stat(path))),
                    null);
        }
    }

    private FileMove paths(ApiRequest request) {
        JsonBody body = request.body();
        FileMove paths = body.read(FileMove.class);
        body.check();
        return paths;
    }

    /** A folder with many files takes long; the rename goes on even if the client leaves. */
    private ApiResponse move(ApiRequest request) throws VfsException {
        FileMove move = paths(request);
        VirtualPath from = FileJson.path("from", move.from());
        VirtualPath to = FileJson.path("to", move.to());
        boolean replace = move.replace() != null && move.replace();
        try (FileSessions.Use use = task(request)) {
            use.session().files().rename(from, to, replace ? RenameMode.REPLACE_TARGET : RenameMode.KEEP_TARGET);
            return ApiResponse.nothing();
        }
    }

    private ApiResponse copy(ApiRequest request) throws VfsException {
        FileMove copy = paths(request);
        VirtualPath from = FileJson.path("from", copy.from());
        VirtualPath to = FileJson.path("to", copy.to());
        try (FileSessions.Use use = task(request)) {
            FileEntry entry = use.session().files().copy(from, to, FileJson.mode(copy.replace()));
            return new ApiResponse(
                    201, Map.of("Content-Type", ApiResponse.JSON), ApiJson.format(FileJson.json(entry)), null);
        }
    }

    private ApiResponse delete(ApiRequest request) throws VfsException {
        VirtualPath path = FileJson.path(request);
        Boolean recursive = request.query("recursive", "true or false", FileJson::truth);
        if (path.isRoot()) {
            throw ProblemException.conflict("the root cannot be deleted");
        }
        try (FileSessions.Use use = task(request)) {
            VirtualFileSystem files = use.session().files();
            FolderDeletion deletion = new FolderDeletion(files, System.nanoTime() + LONGEST_DELETION.toNanos());
            boolean complete = true;
            if (!files.stat(path).directory()) {
                deletion.deleteFile(path);
            } else if (recursive != null && recursive) {
                complete = deletion.deleteAll(path);
            } else {
                deletion.deleteFolder(path);
            }
            Map<String, @Nullable Object> json = new LinkedHashMap<>();
            json.put("files", deletion.files());
            json.put("folders", deletion.folders());
            json.put("complete", complete);
            return ApiResponse.ok(json);
        }
    }
}
