package dev.slipway.admin.api;

import java.io.IOException;
import java.io.OutputStream;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The response to a request.
 *
 * @param headers all headers except the length
 * @param body empty for none
 * @param stream live output that follows; null for none
 */
record ApiResponse(
        int status,
        Map<String, String> headers,
        String body,
        @Nullable Stream stream) {
    static final String JSON = "application/json";
    static final String PROBLEM = "application/problem+json";

    /** Writes as long as there is output and a reader. */
    interface Stream extends AutoCloseable {
        /** Blocks until the end. Is interrupted if the reader is too slow, or the gateway stops. */
        void write(OutputStream out) throws IOException, InterruptedException;

        /** Always called, even if nothing was written. */
        @Override
        void close();
    }

    static ApiResponse of(int status, String type, String body) {
        return new ApiResponse(status, Map.of("Content-Type", type), body, null);
    }

    static ApiResponse ok(Object json) {
        return of(200, JSON, ApiJson.format(json));
    }

    static ApiResponse created(String location, Object json) {
        return of(201, JSON, ApiJson.format(json)).with("Location", location);
    }

    /** It will be done. */
    static ApiResponse accepted(String location, Object json) {
        return of(202, JSON, ApiJson.format(json)).with("Location", location);
    }

    static ApiResponse nothing() {
        return new ApiResponse(204, Map.of(), "", null);
    }

    static ApiResponse stream(String type, Stream stream) {
        return new ApiResponse(200, Map.of("Content-Type", type), "", stream);
    }

    /** The same with another header. */
    ApiResponse with(String name, String value) {
        Map<String, String> all = new LinkedHashMap<>(headers);
        all.put(name, value);
        return new ApiResponse(status, all, body, stream);
    }
}
