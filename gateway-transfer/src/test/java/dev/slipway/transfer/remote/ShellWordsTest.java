package dev.slipway.transfer.remote;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.slipway.testing.Clients;
import dev.slipway.testing.Patience;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ShellWordsTest {
    private static final List<String> NASTY = List.of(
            "",
            " ",
            "'",
            "''",
            "\"",
            "\\",
            "\\'",
            "'\\''",
            "\n",
            "\n\n",
            "a\nb\n",
            "\t",
            "\r\n",
            "$HOME",
            "$(id)",
            "`id`",
            "${IFS}",
            "*",
            "?",
            "[a-z]",
            "{a,b}",
            "~",
            "~root",
            "!!",
            "#",
            ";",
            "&",
            "&&",
            "|",
            "<",
            ">",
            "(",
            ")",
            "-n",
            "--",
            "-rf",
            "=",
            "a=b",
            "%s",
            "%d%n",
            "🎬",
            "é",
            "e\u0301",
            "\u202e",
            "\u0001",
            "\u007f",
            "\u001b[31m",
            "\uffff",
            "'; rm -rf /; '");

    @TempDir
    private Path folder;

    /** Each string alone, and random mixtures of them; one program of each kind of shell that is there sees them all. */
    @ParameterizedTest
    @ValueSource(strings = {"sh", "bash"})
    void aShellTakesAnyStringForOneWordThatIsThatString(String shell) throws Exception {
        Random random = new Random(4);
        List<String> words = new ArrayList<>(NASTY);
        for (int i = 0; i < 2000; i++) {
            StringBuilder word = new StringBuilder();
            for (int j = random.nextInt(8); j >= 0; j--) {
                word.append(random.nextBoolean() ? NASTY.get(random.nextInt(NASTY.size())) : any(random));
            }
            words.add(word.toString());
        }
        StringBuilder script = new StringBuilder();
        words.forEach(word ->
                script.append("printf '%s\\0' ").append(ShellWords.quote(word)).append('\n'));
        Path file = Files.writeString(folder.resolve("script"), script);

        Path output = folder.resolve("output");
        Clients.command(shell, "-c", ". \"$1\" > \"$2\"", shell, file.toString(), output.toString())
                .run(Patience.LIMIT)
                .assertSuccess();

        assertThat(Files.readString(output).split("\0", -1))
                .hasSize(words.size() + 1)
                .startsWith(words.toArray(String[]::new));
    }

    /** Any character that there is, but for NUL. */
    private static String any(Random random) {
        int codePoint = 1 + random.nextInt(Character.MAX_CODE_POINT);
        boolean surrogate = codePoint >= Character.MIN_SURROGATE && codePoint <= Character.MAX_SURROGATE;
        return Character.toString(surrogate ? 'x' : codePoint);
    }

    @Test
    void nulIsRefused() {
        assertThatIllegalArgumentException().isThrownBy(() -> ShellWords.quote("a\0b"));
    }
}
