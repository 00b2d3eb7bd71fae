package dev.slipway.app.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

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
}
