package dev.slipway.admin.api;

import dev.slipway.core.InvalidFieldsException;
import dev.slipway.core.VfsException;
import dev.slipway.core.VirtualPath;
import dev.slipway.core.vfs.CreateMode;
import dev.slipway.core.vfs.FileEntry;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Paths and files in requests and answers. */
final class FileJson {
    /** What a path has to be. */
    static final String EXPECTED = "an absolute path, as the account sees it";

    private FileJson() {}

    /** The required parameter {@code path}. */
    static VirtualPath path(ApiRequest request) throws VfsException {
        return path("path", request.query().get("path"));
    }

    /** A path that a request names. */
    static VirtualPath path(String field, @Nullable String text) throws VfsException {
        if (text == null || !text.startsWith("/")) {
            throw new InvalidFieldsException(
                    field, text == null ? "it is missing" : "'" + text + "' does not begin with /", EXPECTED);
        }
        return VirtualPath.parse(text);
    }

    /** Whether something may be replaced. */
    static CreateMode mode(@Nullable Boolean replace) {
        return replace != null && replace ? CreateMode.REPLACE : CreateMode.NEW;
    }

    /** Parses a parameter that is true or false. */
    static Boolean truth(String text) {
        return switch (text) {
            case "true" -> true;
            case "false" -> false;
            default -> throw new IllegalArgumentException("it is neither true nor false");
        };
    }

    static Map<String, @Nullable Object> json(FileEntry entry) {
        Map<String, @Nullable Object> json = new LinkedHashMap<>();
        json.put("path", entry.path().toString());
        json.put("name", entry.name());
        json.put("directory", entry.directory());
        json.put("size", entry.size());
        // Folders that nobody has created have no time.
        json.put("modified", entry.modified().equals(Instant.EPOCH) && entry.directory() ? null : entry.modified());
        json.put("writable", entry.writable());
        json.put("partial", entry.partial());
        return json;
    }
}
