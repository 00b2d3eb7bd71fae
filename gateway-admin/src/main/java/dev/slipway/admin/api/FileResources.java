package dev.slipway.admin.api;

import dev.slipway.admin.http.HttpExchange;
import dev.slipway.core.DigestAlgorithm;
import dev.slipway.core.Failure;
import dev.slipway.core.VfsException;
import dev.slipway.core.VirtualPath;
import dev.slipway.core.vfs.CreateMode;
import dev.slipway.core.vfs.FileDownload;
import dev.slipway.core.vfs.FileEntry;
import dev.slipway.core.vfs.FileUpload;
import dev.slipway.transfer.json.JsonWords;
import java.io.IOException;
import java.net.URLEncoder;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeParseException;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The contents of an account's files: uploads, downloads and checksums. The file system checks what the account may do, as
 * for every protocol.
 */
final class FileResources {
    /** RFC 9110, section 5.6.7. */
    private static final DateTimeFormatter DATE =
            DateTimeFormatter.ofPattern("EEE, dd MMM yyyy HH:mm:ss 'GMT'", Locale.ENGLISH);

    /** The types that pages may show. SVG is none of them: it can contain scripts. */
    private static final Map<String, String> IMAGES = Map.of(
            "png", "image/png",
            "jpg", "image/jpeg",
            "jpeg", "image/jpeg",
            "gif", "image/gif",
            "webp", "image/webp",
            "avif", "image/avif",
            "bmp", "image/bmp");

    private static final String ANY = "application/octet-stream";

    private final @Nullable FileSessions sessions;

    FileResources(@Nullable FileSessions sessions) {
        this.sessions = sessions;
    }

    List<Route> routes() {
        return List.of(
                new Route("GET", "/files/content", Access.OWN, Set.of("path", "preview"), this::download),
                new Route(
                        "PUT",
                        "/files/content",
                        Access.OWN,
                        Set.of("path", "replace", "modified"),
                        Route.Body.FILE,
                        this::upload),
                new Route("GET", "/files/attributes", Access.OWN, Set.of("path"), this::attributes),
                new Route("GET", "/files/checksum", Access.OWN, Set.of("path", "algorithm"), this::checksum));
    }

    private FileSessions sessions() {
        return FolderResources.present(sessions);
    }

    private ApiResponse attributes(ApiRequest request) throws VfsException {
        VirtualPath path = FileJson.path(request);
        try (FileSessions.Use use = sessions().use(request.login(), request.address())) {
            return ApiResponse.ok(FileJson.json(use.session().files().stat(path)));
        }
    }

    private ApiResponse checksum(ApiRequest request) throws VfsException {
        VirtualPath path = FileJson.path(request);
        DigestAlgorithm algorithm = request.query(
                "algorithm",
                JsonWords.all(DigestAlgorithm.class),
                word -> JsonWords.find(DigestAlgorithm.class, word)
                        .orElseThrow(() -> new IllegalArgumentException("there is no such algorithm")));
        DigestAlgorithm wanted = algorithm == null ? DigestAlgorithm.SHA256 : algorithm;
        try (FileSessions.Use use = sessions().task(request.login(), request.address())) {
            byte[] sum = use.session().files().checksum(path, wanted, 0, Long.MAX_VALUE, () -> false);
            Map<String, @Nullable Object> json = new LinkedHashMap<>();
            json.put("path", path.toString());
            json.put("algorithm", JsonWords.of(wanted));
            json.put("value", HexFormat.of().formatHex(sum));
            return ApiResponse.ok(json);
        }
    }

    /** The file appears when the whole body has arrived and the store has confirmed it. */
    private ApiResponse upload(ApiRequest request) throws VfsException {
        VirtualPath path = FileJson.path(request);
        CreateMode mode = FileJson.mode(request.query("replace", "true or false", FileJson::truth));
        Instant modified = request.query("modified", "a time such as 2030-01-31T18:00:00Z", FileResources::time);
        try (FileSessions.Use use = sessions().transfer(request.login(), request.address())) {
            HttpExchange.Content content = request.content().get();
            try (FileUpload upload = use.session().own(use.session().files().create(path, mode))) {
                try {
                    if (modified != null) {
                        upload.setModified(modified);
                    }
                    return ApiResponse.created(
                            Routes.BASE + "/files/attributes?path=" + encoded(path),
                            FileJson.json(receive(content, upload)));
                } finally {
                    use.session().disown(upload);
                }
            }
        }
    }

    private static FileEntry receive(HttpExchange.Content content, FileUpload upload) throws VfsException {
        long size = 0;
        try {
            if (content.length() >= 0) {
                upload.expectSize(content.length());
            }
            for (ByteBuffer piece = content.next(); piece != null; piece = content.next()) {
                int count = piece.remaining();
                upload.write(size, piece);
                size += count;
            }
        } catch (VfsException e) {
            if (size == 0 || e.failure() == Failure.QUOTA_EXCEEDED) {
                upload.abort();
            }
            throw e;
        } catch (IOException e) {
            if (size == 0) {
                // Nothing was sent that could be resumed.
                upload.abort();
            }
            throw new ProblemException(ProblemType.TIMEOUT, String.valueOf(e.getMessage()));
        }
        return upload.commit();
    }

    private static Instant time(String text) {
        try {
            return Instant.parse(text);
        } catch (DateTimeParseException e) {
            throw new IllegalArgumentException("it is not a time", e);
        }
    }

    /** Without a preview, a browser saves the file: nothing in it can act as the page's own. */
    private ApiResponse download(ApiRequest request) throws VfsException {
        VirtualPath path = FileJson.path(request);
        Boolean preview = request.query("preview", "true or false", FileJson::truth);
        FileSessions.Use use = sessions().transfer(request.login(), request.address());
        boolean streaming = false;
        FileDownload download = null;
        try {
            String header = request.header("Range");
            download = use.session().own(use.session().files().open(path, ByteRange.begin(header)));
            FileEntry entry = download.entry();
            Map<String, String> headers = headers(download, preview != null && preview);
            if (isKnown(request, headers)) {
                return new ApiResponse(304, headers, "", null);
            }
            Optional<ByteRange> range = range(request, header, entry.size(), headers);
            ByteRange sent = range.orElseGet(() -> new ByteRange(0, entry.size()));
            headers.put("Content-Length", Long.toString(sent.length()));
            if (range.isPresent()) {
                headers.put("Content-Range", "bytes " + sent.from() + "-" + (sent.end() - 1) + "/" + entry.size());
            }
            streaming = true;
            return new ApiResponse(range.isPresent() ? 206 : 200, headers, "", new DownloadStream(use, download, sent));
        } finally {
            if (!streaming) {
                if (download != null) {
                    use.session().disown(download);
                    download.close();
                }
                use.close();
            }
        }
    }

    private static Optional<ByteRange> range(
            ApiRequest request, @Nullable String header, long size, Map<String, String> headers) {
        String condition = request.header("If-Range");
        if (condition != null && !condition.equals(headers.get("ETag"))) {
            return Optional.empty();
        }
        try {
            return ByteRange.of(header, size);
        } catch (ByteRange.OutsideException e) {
            throw new ProblemException(ProblemType.RANGE_NOT_SATISFIABLE, String.valueOf(e.getMessage()))
                    .withHeader("Content-Range", "bytes */" + size);
        }
    }

    private static boolean isKnown(ApiRequest request, Map<String, String> headers) {
        String tag = headers.get("ETag");
        String known = request.header("If-None-Match");
        return tag != null && known != null && List.of(known.split("\\s*,\\s*")).contains(tag);
    }

    private static Map<String, String> headers(FileDownload download, boolean preview) {
        FileEntry entry = download.entry();
        String name = entry.name();
        int dot = name.lastIndexOf('.');
        String type = preview && dot >= 0 ? IMAGES.get(name.substring(dot + 1).toLowerCase(Locale.ROOT)) : null;
        Map<String, String> headers = new LinkedHashMap<>();
        headers.put("Content-Type", type == null ? ANY : type);
        headers.put(
                "Content-Disposition",
                (type == null ? "attachment" : "inline") + "; filename*=UTF-8''" + encoded(name));
        // Whatever the file is, it has no scripts, no forms and no origin if a browser shows it after all.
        headers.put("Content-Security-Policy", "sandbox; default-src 'none'");
        headers.put("Cross-Origin-Resource-Policy", "same-origin");
        headers.put("Cache-Control", "private, no-cache");
        headers.put("Accept-Ranges", "bytes");
        headers.put("Last-Modified", DATE.format(entry.modified().atOffset(ZoneOffset.UTC)));
        download.version().ifPresent(version -> headers.put("ETag", "\"" + version.replaceAll("[^\\w.-]", "") + "\""));
        return headers;
    }

    private static String encoded(VirtualPath path) {
        return encoded(path.toString());
    }

    /** Percent-encoded in all headers and queries. */
    private static String encoded(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8)
                .replace("+", "%20")
                .replace("*", "%2A");
    }
}
