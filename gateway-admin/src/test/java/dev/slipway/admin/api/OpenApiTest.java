package dev.slipway.admin.api;

import static org.assertj.core.api.Assertions.assertThat;

import com.networknt.schema.InputFormat;
import com.networknt.schema.SchemaLocation;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import dev.slipway.admin.management.PushDefinition;
import dev.slipway.admin.management.Right;
import dev.slipway.admin.management.TokenDefinition;
import dev.slipway.core.account.AccountDefinition;
import dev.slipway.core.account.MountDefinition;
import dev.slipway.transfer.json.JsonWords;
import dev.slipway.transfer.remote.RemoteDefinition;
import java.lang.reflect.RecordComponent;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** The document and the server agree. */
class OpenApiTest {
    private final OpenApiDocument document = new OpenApiDocument();

    private static Map<String, Route> routes(RunningApi api) {
        Map<String, Route> routes = new TreeMap<>();
        api.routes()
                .forEach(route -> assertThat(routes.put(route.method() + " " + route.path(), route))
                        .isNull());
        return routes;
    }

    @Test
    void routesAndDocumentAgree(@TempDir Path folder) throws Exception {
        try (RunningApi api = new RunningApi(folder)) {
            Map<String, Route> routes = routes(api);
            assertThat(document.operations().keySet()).containsExactlyInAnyOrderElementsOf(routes.keySet());
            document.operations().forEach((name, operation) -> {
                Route route = routes.get(name);
                assertThat(route).isNotNull();
                assertThat(names(operation, "query")).as(name).isEqualTo(new TreeSet<>(route.query()));
                assertThat(names(operation, "path")).as(name).isEqualTo(namesInBraces(route.path()));
                assertThat(operation.path("x-slipway-role").asString("nobody"))
                        .as(name)
                        .isEqualTo(role(route.access()));
                assertThat(operation.path("security").isArray())
                        .as(name)
                        .isEqualTo(route.access() instanceof Access.Public || route.access() instanceof Access.Own);
            });
            assertThat(api.send(api.request("/openapi.json")).body()).isEqualTo(DocumentResources.openApi());
        }
    }

    private static String role(Access access) {
        return switch (access) {
            case Access.Public _ -> "nobody";
            case Access.Authenticated _ -> "any";
            case Access.Own _ -> "account";
            case Access.Requires(Right right) -> JsonWords.of(right.role());
        };
    }

    private static Set<String> names(JsonNode operation, String place) {
        Set<String> names = new TreeSet<>();
        operation.path("parameters").forEach(parameter -> {
            if (parameter.get("in").stringValue().equals(place)) {
                names.add(parameter.get("name").stringValue());
            }
        });
        return names;
    }

    private static Set<String> namesInBraces(String path) {
        Set<String> names = new TreeSet<>();
        Matcher matcher = Pattern.compile("\\{(\\w+)}").matcher(path);
        while (matcher.find()) {
            names.add(matcher.group(1));
        }
        return names;
    }

    @Test
    void theDocumentIsValid() {
        JsonNode root = document.root();
        assertThat(root.get("openapi").stringValue()).matches("3\\.1\\.\\d+");
        assertThat(root.propertyNames())
                .isSubsetOf(
                        "openapi", "info", "servers", "security", "tags", "paths", "components", "jsonSchemaDialect");
        assertThat(root.get("info").propertyNames()).contains("title", "version");
        Set<String> ids = new HashSet<>();
        Set<String> tags = new HashSet<>();
        root.get("tags").forEach(tag -> tags.add(tag.get("name").stringValue()));
        document.operations().forEach((name, operation) -> {
            assertThat(operation.propertyNames())
                    .as(name)
                    .isSubsetOf(
                            "operationId",
                            "tags",
                            "summary",
                            "description",
                            "security",
                            "x-slipway-role",
                            "parameters",
                            "requestBody",
                            "responses");
            assertThat(ids.add(operation.get("operationId").stringValue()))
                    .as(name)
                    .isTrue();
            operation.get("tags").forEach(tag -> assertThat(tags).contains(tag.stringValue()));
            operation.path("parameters").forEach(parameter -> {
                assertThat(parameter.propertyNames()).isSubsetOf("name", "in", "required", "schema", "description");
                assertThat(parameter.get("in").stringValue()).isIn("path", "query", "header");
                assertThat(parameter.get("in").stringValue().equals("path"))
                        .isEqualTo(parameter.get("required").booleanValue());
            });
            JsonNode responses = operation.get("responses");
            assertThat(responses.propertyNames())
                    .isNotEmpty()
                    .allMatch(status -> status.matches("[1-5]\\d\\d|default"));
            responses.forEach(response -> assertThat(response.has("$ref") || response.has("description"))
                    .as(name)
                    .isTrue());
        });
        root.findValues("$ref")
                .forEach(reference -> assertThat(
                                root.at(reference.stringValue().substring(1)).isMissingNode())
                        .as(reference.stringValue())
                        .isFalse());
        var metaSchema = SchemaRegistry.withDefaultDialect(SpecificationVersion.DRAFT_2020_12)
                .getSchema(SchemaLocation.of("https://json-schema.org/draft/2020-12/schema"));
        root.get("components")
                .get("schemas")
                .properties()
                .forEach(schema -> assertThat(
                                metaSchema.validate(schema.getValue().toString(), InputFormat.JSON))
                        .as(schema.getKey())
                        .isEmpty());
    }

    /** The records that bodies are read into have the fields of the document, and no others. */
    @Test
    void bodiesAndDocumentAgree() {
        assertThat(fields("NewAccount")).isEqualTo(names(AccountDefinition.class, "password", "keys"));
        Set<String> change = names(AccountDefinition.class);
        change.remove("name");
        assertThat(fields("AccountChange")).isEqualTo(change);
        assertThat(fields("NewMount")).isEqualTo(names(MountDefinition.class));
        assertThat(fields("NewRemote")).isEqualTo(names(RemoteDefinition.class));
        assertThat(fields("Push")).isEqualTo(names(PushDefinition.class));
        assertThat(fields("NewToken")).isEqualTo(names(TokenDefinition.class));
    }

    private Set<String> fields(String schema) {
        return new TreeSet<>(document.root()
                .at("/components/schemas/" + schema + "/properties")
                .propertyNames());
    }

    private static Set<String> names(Class<?> record, String... more) {
        Set<String> names = new TreeSet<>(List.of(more));
        for (RecordComponent component : record.getRecordComponents()) {
            names.add(component.getName());
        }
        return names;
    }

    @Test
    void everythingDescribedIsUsed() {
        Set<String> used = new TreeSet<>();
        document.root()
                .findValues("$ref")
                .forEach(reference -> used.add(reference.stringValue().replaceFirst(".*/", "")));
        // Used within text/event-stream.
        used.add("JobEvent");
        Set<String> described = new TreeSet<>();
        document.root().get("components").get("schemas").propertyNames().forEach(described::add);
        assertThat(used).containsAll(described);
    }
}
