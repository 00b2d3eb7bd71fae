package dev.slipway.admin.api;

import static org.assertj.core.api.Assertions.assertThat;

import com.networknt.schema.Error;
import com.networknt.schema.InputFormat;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import java.net.http.HttpResponse;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** The served document, to compare with the server's behaviour. */
final class OpenApiDocument {
    private static final JsonMapper MAPPER = JsonMapper.shared();
    private static final String BASE = Routes.BASE;

    private final JsonNode document = MAPPER.readTree(DocumentResources.openApi());
    private final SchemaRegistry schemas = SchemaRegistry.withDefaultDialect(SpecificationVersion.DRAFT_2020_12);

    JsonNode root() {
        return document;
    }

    /** The operations by {@code METHOD /path}. */
    Map<String, JsonNode> operations() {
        Map<String, JsonNode> operations = new LinkedHashMap<>();
        document.get("paths")
                .properties()
                .forEach(path -> path.getValue()
                        .properties()
                        .forEach(operation -> operations.put(
                                operation.getKey().toUpperCase(java.util.Locale.ROOT) + " " + path.getKey(),
                                operation.getValue())));
        return operations;
    }

    /** The differences between a text and its schema in the document. */
    List<Error> errors(String schema, String json) {
        ObjectNode root = MAPPER.createObjectNode();
        root.put("$ref", "#/$defs/" + schema);
        String definitions =
                document.get("components").get("schemas").toString().replace("#/components/schemas/", "#/$defs/");
        root.set("$defs", MAPPER.readTree(definitions));
        return schemas.getSchema(root).validate(json, InputFormat.JSON);
    }

    /** Fails unless the document allows this answer to a request. */
    void check(String method, String path, HttpResponse<String> response) {
        if (method.equals("HEAD")) {
            return;
        }
        String plain = path.replaceFirst("\\?.*", "").substring(BASE.length());
        Optional<String> found = operations().keySet().stream()
                .filter(operation -> operation.startsWith(method + " "))
                .filter(operation ->
                        Route.segments(operation.substring(method.length() + 1)).size()
                                == Route.segments(plain).size())
                .filter(operation -> plain.matches(operation
                        .substring(method.length() + 1)
                        .replaceAll("\\{\\w+}", "[^/]+")
                        .replace(".json", "\\.json")))
                .findFirst();
        String type = response.headers().firstValue("Content-Type").orElse("");
        if (found.isEmpty()) {
            assertThat(response.statusCode()).isIn(404, 405);
        }
        JsonNode responses = found.map(operations()::get)
                .map(operation -> operation.get("responses"))
                .orElse(MAPPER.createObjectNode());
        if (response.statusCode() >= 400) {
            assertThat(type).isEqualTo("application/problem+json");
            assertThat(errors("Problem", response.body())).as(response.body()).isEmpty();
            if (found.isPresent() && response.statusCode() < 500) {
                assertThat(responses.has(String.valueOf(response.statusCode())))
                        .as("%s %s answers %s", method, path, response.statusCode())
                        .isTrue();
            }
            return;
        }
        JsonNode described = responses.get(String.valueOf(response.statusCode()));
        assertThat(described)
                .as("%s %s answers %s", method, path, response.statusCode())
                .isNotNull();
        if (response.body().isEmpty()) {
            assertThat(described.has("content")).isFalse();
            return;
        }
        assertThat(type).isEqualTo("application/json");
        String reference =
                described.at("/content/application~1json/schema/$ref").asString("");
        if (!reference.isEmpty()) {
            String schema = reference.substring(reference.lastIndexOf('/') + 1);
            assertThat(errors(schema, response.body())).as(response.body()).isEmpty();
        }
    }
}
