package dev.slipway.admin.api;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** A request fails with a problem document. */
final class ProblemException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final ProblemType type;
    private final transient Map<String, Object> more;
    private final transient Map<String, String> headers;

    private ProblemException(ProblemType type, String detail, Map<String, Object> more, Map<String, String> headers) {
        super(detail);
        this.type = type;
        this.more = more;
        this.headers = headers;
    }

    /** @param detail for people: what is wrong in this case, and how to fix it */
    ProblemException(ProblemType type, String detail) {
        this(type, detail, Map.of(), Map.of());
    }

    static ProblemException invalid(List<FieldError> errors) {
        FieldError first = errors.getFirst();
        String detail = (first.field().isEmpty() ? "the body" : first.field()) + ": " + first.detail() + "; expected "
                + first.expected() + (errors.size() == 1 ? "" : " (and " + (errors.size() - 1) + " more)");
        return new ProblemException(ProblemType.INVALID_INPUT, detail)
                .with("errors", errors.stream().map(FieldError::json).toList());
    }

    static ProblemException invalid(FieldError error) {
        return invalid(List.of(error));
    }

    static ProblemException notFound(String detail) {
        return new ProblemException(ProblemType.NOT_FOUND, detail);
    }

    static ProblemException conflict(String detail) {
        return new ProblemException(ProblemType.CONFLICT, detail);
    }

    /** The same with another member. */
    ProblemException with(String name, Object value) {
        Map<String, Object> members = new LinkedHashMap<>(more);
        members.put(name, value);
        return new ProblemException(type, detail(), members, headers);
    }

    /** The same with another header of the answer. */
    ProblemException withHeader(String name, String value) {
        Map<String, String> all = new LinkedHashMap<>(headers);
        all.put(name, value);
        return new ProblemException(type, detail(), more, all);
    }

    private String detail() {
        return String.valueOf(getMessage());
    }

    ApiResponse response() {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("type", type.uri());
        json.put("title", type.title());
        json.put("status", type.status());
        json.put("detail", detail());
        json.putAll(more);
        ApiResponse response = ApiResponse.of(type.status(), ApiResponse.PROBLEM, ApiJson.format(json));
        for (Map.Entry<String, String> header : headers.entrySet()) {
            response = response.with(header.getKey(), header.getValue());
        }
        return response;
    }
}
