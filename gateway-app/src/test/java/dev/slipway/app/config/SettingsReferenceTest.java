package dev.slipway.app.config;

import static org.assertj.core.api.Assertions.assertThat;

import com.networknt.schema.Error;
import com.networknt.schema.InputFormat;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;
import tools.jackson.databind.json.JsonMapper;

class SettingsReferenceTest {
    private static final Path ROOT =
            Path.of(System.getProperty("slipway.root", Path.of("..").toString()));

    /** The part of the document between its two markers is the output of {@code slipway config reference}. */
    @Test
    void theDocumentHasEverySettingWithItsDefaultAndVariable() throws IOException {
        String document = Files.readString(ROOT.resolve("docs/reference/configuration.md"));
        String begin = "<!-- reference: begin -->\n";
        String end = "<!-- reference: end -->";

        assertThat(document).contains(begin, end);
        assertThat(document.substring(document.indexOf(begin) + begin.length(), document.indexOf(end)))
                .isEqualTo(SettingsReference.markdown() + "\n");
    }

    /** Users who install a release begin with this file. */
    @Test
    void theExampleOfAReleaseIsAccepted() throws Exception {
        assertThat(SettingsLoader.load(ROOT.resolve("packaging/slipway.yml"), Map.of())
                        .settings())
                .isNotNull();
    }

    /** The YAML examples of the document are valid as they are. */
    @Test
    void theExamplesOfTheDocumentAreAccepted(@TempDir Path directory) throws Exception {
        String document = Files.readString(ROOT.resolve("docs/reference/configuration.md"));
        String[] parts = document.split("```yaml\n", -1);

        assertThat(parts).hasSizeGreaterThan(2);
        for (int i = 1; i < parts.length; i++) {
            Path file = directory.resolve("example" + i + ".yml");
            Files.writeString(file, parts[i].substring(0, parts[i].indexOf("```")));
            assertThat(SettingsLoader.load(file, Map.of()).settings()).isNotNull();
        }
    }

    @Test
    void theSchemaInTheDocumentsIsTheOneThatTheCommandPrints() throws IOException {
        assertThat(Files.readString(ROOT.resolve("docs/reference/configuration.schema.json")))
                .isEqualTo(SettingsSchema.json());
    }

    @Test
    void theSchemaAcceptsTheExamplesAndRejectsMistakes() throws IOException {
        String document = Files.readString(ROOT.resolve("docs/reference/configuration.md"));
        String[] parts = document.split("```yaml\n", -1);
        for (int i = 1; i < parts.length; i++) {
            String example = parts[i].substring(0, parts[i].indexOf("```"));
            assertThat(schemaErrors(example)).as(example).isEmpty();
        }
        assertThat(schemaErrors(Files.readString(ROOT.resolve("packaging/slipway.yml"))))
                .isEmpty();

        assertThat(schemaErrors("s3: {bukket: x}")).singleElement().asString().contains("bukket");
        assertThat(schemaErrors("ftps: {explicitPort: 70000}")).isNotEmpty();
        assertThat(schemaErrors("ftps: {idleTimeout: 30}")).isNotEmpty();
        assertThat(schemaErrors("accounts: [{password: x}]"))
                .singleElement()
                .asString()
                .contains("name");
        assertThat(schemaErrors("accounts: [{name: a, password: x, resume: sometimes}]"))
                .isNotEmpty();
    }

    private static List<Error> schemaErrors(String yaml) {
        Object tree = new Load(LoadSettings.builder().build()).loadFromString(yaml);
        return SchemaRegistry.withDefaultDialect(SpecificationVersion.DRAFT_2020_12)
                .getSchema(SettingsSchema.json(), InputFormat.JSON)
                .validate(JsonMapper.shared().writeValueAsString(tree), InputFormat.JSON);
    }
}
