package dev.slipway.admin.api;

import java.util.LinkedHashMap;
import java.util.Map;

/**
 * A problem with one field of a request.
 *
 * @param field such as {@code mounts[0].bucket}; empty for the whole body
 * @param place where it is
 * @param detail what is wrong
 * @param expected what is expected
 */
record FieldError(String field, Location place, String detail, String expected) {
    enum Location {
        BODY,
        QUERY
    }

    Map<String, Object> json() {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("field", field);
        json.put("in", place == Location.BODY ? "body" : "query");
        json.put("detail", detail);
        json.put("expected", expected);
        return json;
    }
}
