package dev.slipway.transfer.push;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class NamePatternTest {
    @ParameterizedTest
    @CsvSource({
        "*.mxf, a.mxf, true",
        "*.mxf, a/b.mxf, false",
        "**.mxf, a/b.mxf, true",
        "**/*.mxf, b.mxf, true",
        "**/*.mxf, a/c/b.mxf, true",
        "?.txt, a.txt, true",
        "?.txt, ab.txt, false",
        "?.txt, /.txt, false",
        "a\\*b, a*b, true",
        "a\\*b, axb, false",
        "a.c, abc, false",
        "**, a/b/c, true",
        "🚢*.mxf, 🚢 ä.mxf, true"
    })
    void matchesItsWildcards(String pattern, String name, boolean matches) {
        assertThat(NamePattern.compile(pattern).matcher(name).matches()).isEqualTo(matches);
    }

    @Test
    void aBackslashEscapesAWildcard() {
        assertThat(NamePattern.firstWildcard("a\\*b")).isEqualTo(-1);
        assertThat(NamePattern.firstWildcard("a\\*b/c?")).isEqualTo(6);
        assertThat(NamePattern.literal("a\\*b\\\\c\\d")).isEqualTo("a*b\\c\\d");
    }
}
