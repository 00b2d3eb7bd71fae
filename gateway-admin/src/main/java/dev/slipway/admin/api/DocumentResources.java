package dev.slipway.admin.api;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;

/** The API's public self-description. */
final class DocumentResources {
    List<Route> routes() {
        return List.of(
                new Route(
                        "GET",
                        "/openapi.json",
                        Access.PUBLIC,
                        Set.of(),
                        _ -> ApiResponse.of(200, ApiResponse.JSON, openApi())),
                new Route("GET", "/problems/{type}", Access.PUBLIC, Set.of(), this::problem));
    }

    static String openApi() {
        try (InputStream in = DocumentResources.class.getResourceAsStream("openapi.json")) {
            if (in == null) {
                throw new IllegalStateException("openapi.json is missing from the class path");
            }
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private ApiResponse problem(ApiRequest request) {
        String slug = request.name("type");
        ProblemType type = Stream.of(ProblemType.values())
                .filter(one -> one.slug().equals(slug))
                .findFirst()
                .orElseThrow(() -> ProblemException.notFound("unknown problem type '" + slug + "'"));
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("type", type.uri());
        json.put("status", type.status());
        json.put("title", type.title());
        json.put("explanation", type.explanation());
        return ApiResponse.ok(json);
    }
}
