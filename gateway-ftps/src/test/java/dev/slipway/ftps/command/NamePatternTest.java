package dev.slipway.ftps.command;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class NamePatternTest {
    @ParameterizedTest
    @CsvSource({
        "*, '', true",
        "*, a, true",
        "?, a, true",
        "?, '', false",
        "?, ab, false",
        "a*c, abbbc, true",
        "a*c, ac, true",
        "a*c, abcd, false",
        "*.txt, .txt, true",
        "*.txt, a.txt.gz, false",
        "*a*b*, xxaxxbxx, true",
        "*a*b*, ba, false",
        "a?c*, abc, true",
        "[a], a, false",
        "a.c, abc, false"
    })
    void starAndQuestionMarkMatch(String pattern, String name, boolean expected) {
        assertThat(NamePattern.matcher(pattern).test(name)).isEqualTo(expected);
    }

    @Test
    void hostilePatternsAreFast() {
        assertThat(NamePattern.matcher("*a".repeat(1000) + "b").test("a".repeat(4000)))
                .isFalse();
    }
}
