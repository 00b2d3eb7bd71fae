package dev.slipway.ingest.target;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class KeyTemplateTest {
    private static final Instant AT = Instant.parse("2026-03-09T07:05:00Z");

    @ParameterizedTest
    @CsvSource({
        "{path}, out/2026/report.tar.gz",
        "{folder}/{stem}-{hour}{minute}.{extension}, out/2026/report.tar-0705.gz",
        "{year}/{month}/{day}/{name}, 2026/03/09/report.tar.gz",
        "{task}/{account}/{job}, invoices/anna/j1",
        "{{{name}}}, {report.tar.gz}",
    })
    void namesInBracesAreReplaced(String template, String expected) {
        KeyValues values = new KeyValues("out/2026/report.tar.gz", "invoices", "anna", "j1", AT);
        assertThat(KeyTemplate.parse(template).expand(values)).isEqualTo(expected);
    }

    @Test
    void aNameThatBeginsWithADotHasNoExtension() {
        KeyValues values = new KeyValues(".profile", "home", null, "", AT);
        assertThat(KeyTemplate.parse("{stem}|{extension}|{folder}|{account}").expand(values))
                .isEqualTo(".profile|||");
    }

    @Test
    void valuesAreNotReadAsTemplates() {
        KeyValues values = new KeyValues("{job}", "home", null, "secret", AT);
        assertThat(KeyTemplate.parse("{path}").expand(values)).isEqualTo("{job}");
    }

    @ParameterizedTest
    @CsvSource({
        "{nmae}, there is no {nmae}; known are {path}",
        "{Path}, there is no {Path}",
        "{path, a '{' has no '}'",
        "path}, a '}' has no '{'",
    })
    void mistakesAreNamed(String template, String message) {
        assertThatThrownBy(() -> KeyTemplate.parse(template))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(message);
    }
}
