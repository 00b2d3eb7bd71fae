package dev.slipway.admin.api;

import dev.slipway.core.FieldProblem;
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

    /** Invalid fields of the body. */
    static ProblemException invalid(List<FieldProblem> problems) {
        return invalid("body", problems);
    }

    /** An invalid parameter of the query. */
    static ProblemException invalidQuery(String name, String detail, String expected) {
        return invalid("query", List.of(new FieldProblem(name, detail, expected)));
    }

    /** @param place where the fields are: {@code body} or {@code query} */
    static ProblemException invalid(String place, List<FieldProblem> problems) {
        FieldProblem first = problems.getFirst();
        String detail = (first.field().isEmpty() ? "the body: " : "")
                + first
                + (problems.size() == 1 ? "" : " (and " + (problems.size() - 1) + " more)");
        return new ProblemException(ProblemType.INVALID_INPUT, detail)
                .with(
                        "errors",
                        problems.stream().map(problem -> json(place, problem)).toList());
    }

    private static Map<String, Object> json(String place, FieldProblem problem) {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("field", problem.field());
        json.put("in", place);
        json.put("detail", problem.detail());
        json.put("expected", problem.expected());
        return json;
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
