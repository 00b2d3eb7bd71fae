package dev.slipway.sftp.scp;

import static org.assertj.core.api.Assertions.assertThat;

import dev.slipway.sftp.files.RequestException;
import dev.slipway.testing.Patience;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ScpArgumentsTest {
    private static List<String> paths(String commandLine) throws RequestException {
        return ScpArguments.parse(commandLine).paths().stream()
                .map(ScpArguments.Word::text)
                .toList();
    }

    @Test
    void optionsMayBeApartOrTogether() throws RequestException {
        for (String line : List.of("scp -r -p -d -t dir", "scp -rpdt dir", "scp -v -rp -d -t -- dir")) {
            ScpArguments arguments = ScpArguments.parse(line);
            assertThat(arguments.receive()).isTrue();
            assertThat(arguments.recursive()).isTrue();
            assertThat(arguments.times()).isTrue();
            assertThat(arguments.targetIsDirectory()).isTrue();
            assertThat(paths(line)).containsExactly("dir");
        }
        assertThat(ScpArguments.parse("/usr/bin/scp -f x").receive()).isFalse();
        assertThat(paths("scp -f -- -x y")).containsExactly("-x", "y");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
                    'a b'        | a b
                    "a b"        | a b
                    a\\ b         | a b
                    'it'\\''s'    | it's
                    "a\\"b"       | a"b
                    "a\\b"        | a\\b
                    '$HOME'      | $HOME
                    $HOME;ls     | $HOME;ls
                    a'b'c"d"     | abcd
                    """)
    void quotesWorkAsInAShell(String word, String text) throws RequestException {
        assertThat(paths("scp -f " + word)).containsExactly(text);
    }

    @ParameterizedTest
    @CsvSource(quoteCharacter = '`', textBlock = """
                    *.txt, a.txt, true
                    *.txt, .a.txt, false
                    .*, .a, true
                    *, a b, true
                    *a*b*, xaxxb, true
                    *a*b*, xbxxa, false
                    a?c, abc, true
                    a?c, ac, false
                    [ab]*, bx, true
                    [!ab]*, bx, false
                    [!ab]*, cx, true
                    [a-c]1, b1, true
                    [a-c]1, d1, false
                    [z-a]1, b1, false
                    []x]1, ]1, true
                    a[, a[, true
                    '*', x, false
                    '*', *, true
                    \\*, x, false
                    (.*), (.x), true
                    (.*), x, false
                    x[.]y, x.y, true
                    x[.]y, xzy, false
                    """)
    void patternsWorkAsInAShell(String pattern, String name, boolean matches) throws RequestException {
        ScpArguments.Word word = ScpArguments.parse("scp -f " + pattern).paths().getFirst();
        assertThat(word.matches(name)).isEqualTo(matches);
    }

    @Test
    @Timeout(Patience.TEST_SECONDS)
    void aPatternOfManyAsterisksIsCheap() throws RequestException {
        ScpArguments.Word word =
                ScpArguments.parse("scp -f *a".repeat(50) + "b").paths().getFirst();
        assertThat(word.matches("a".repeat(1000))).isFalse();
    }

    @ParameterizedTest
    @ValueSource(strings = {"scpx", "xscp -t a", "ls scp", "", "sh -c 'scp -t a'", "scp;ls"})
    void otherCommandsAreNotScp(String commandLine) {
        assertThat(ScpArguments.isScp(commandLine)).isFalse();
    }
}
