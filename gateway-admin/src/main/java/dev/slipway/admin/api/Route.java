package dev.slipway.admin.api;

import dev.slipway.admin.management.ManagementException;
import dev.slipway.admin.management.Right;
import dev.slipway.core.VfsException;
import dev.slipway.core.account.Role;
import dev.slipway.transfer.push.PushOrderException;
import dev.slipway.transfer.remote.RemoteException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * An operation of the API.
 *
 * @param path below {@link Routes#BASE}, with placeholders in braces
 * @param access who may call it
 * @param query the parameters that may be given
 * @param body how the body is read
 */
record Route(String method, String path, Access access, Set<String> query, Body body, Handler handler) {
    /** Answers a request. Blocks. */
    interface Handler {
        ApiResponse handle(ApiRequest request)
                throws ManagementException, PushOrderException, RemoteException, VfsException;
    }

    /** How a body is read. */
    enum Body {
        /** It is JSON, and read before the handler is called. */
        JSON,
        /** It is a file: the handler takes it piece by piece. */
        FILE
    }

    /** A route with or without a JSON body. */
    Route(String method, String path, Access access, Set<String> query, Handler handler) {
        this(method, path, access, query, Body.JSON, handler);
    }

    /** A route that requires a right. */
    Route(String method, String path, Right right, Set<String> query, Handler handler) {
        this(method, path, new Access.Requires(right), query, handler);
    }

    /** The least privileged role; null if it requires none. */
    @Nullable
    Role role() {
        return access instanceof Access.Requires(Right right) ? right.role() : null;
    }

    /** Whether it may change anything. */
    boolean changes() {
        return !method.equals("GET");
    }

    /**
     * The values of the placeholders.
     *
     * @param segments the path's, decoded
     * @return null if the path does not match
     */
    @Nullable
    Map<String, String> match(List<String> segments) {
        List<String> template = segments(path);
        if (template.size() != segments.size()) {
            return null;
        }
        Map<String, String> names = new HashMap<>();
        for (int i = 0; i < template.size(); i++) {
            String expected = template.get(i);
            if (expected.startsWith("{")) {
                if (segments.get(i).isEmpty()) {
                    return null;
                }
                names.put(expected.substring(1, expected.length() - 1), segments.get(i));
            } else if (!expected.equals(segments.get(i))) {
                return null;
            }
        }
        return names;
    }

    /** The segments of an absolute path. */
    static List<String> segments(String path) {
        return path.isEmpty()
                ? new ArrayList<>()
                : new ArrayList<>(List.of(path.substring(1).split("/", -1)));
    }
}
