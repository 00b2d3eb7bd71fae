package dev.slipway.admin.shell;

import static org.assertj.core.api.Assertions.assertThat;

import dev.slipway.admin.command.Words;
import java.util.List;
import org.jline.reader.CompletingParsedLine;
import org.jline.reader.Parser.ParseContext;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CommandParserTest {
    private static final String NAME = "files:it's a \"tést\" \\$1/clip";

    private static CompletingParsedLine parse(String line, int cursor) {
        return new CommandParser().parse(line, cursor, ParseContext.COMPLETE);
    }

    private static CompletingParsedLine parse(String line) {
        return parse(line, line.length());
    }

    /** However it was typed, the completed word has the intended value when the line runs. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "files:it",
                "'files:it",
                "\"files:it",
                "'files:it'\\''s a",
                "\"files:it's a \\\"t",
                "files:it\\'s\\ a",
                "files:it\\'s\\",
                "'files:it'\\''s a'\\ \\\"",
                "\"files:it's a\""
            })
    void aCompletedWordIsParsedAsItsValue(String typed) {
        CompletingParsedLine line = parse("push " + typed);
        assertThat(line.wordIndex()).isEqualTo(1);
        assertThat(NAME).startsWith(line.word());
        assertThat(line.rawWordLength()).isEqualTo(typed.length());
        assertThat(line.rawWordCursor()).isEqualTo(typed.length());
        assertThat(line.wordCursor()).isEqualTo(line.word().length());

        assertThat(Words.split("push " + line.escape(NAME, true) + " x")).containsExactly("push", NAME, "x");
        String begun = "push " + line.escape(NAME, false);
        assertThat(begun).startsWith(typed.endsWith("\\") ? "push files:it" : "push " + typed);
        assertThat(parse(begun).word()).isEqualTo(NAME);
        // The line editor removes as many characters as this has.
        assertThat(line.escape(line.word(), false)).hasToString(typed);
    }

    @Test
    void aSuggestionOtherThanTheTypedWordIsEscapedAsAWhole() {
        assertThat(parse("push x").escape("a b", true)).hasToString("a\\ b");
    }

    @Test
    void theCursorMayBeAnywhere() {
        String line = "push 'a b'  vault:/in";
        assertThat(parse(line, 8).word()).isEqualTo("a b");
        assertThat(parse(line, 8).wordCursor()).isEqualTo(2);
        assertThat(parse(line, 8).rawWordCursor()).isEqualTo(3);
        assertThat(parse(line, 11).words()).isEqualTo(List.of("push", "a b", "", "vault:/in"));
        assertThat(parse(line, 11).wordIndex()).isEqualTo(2);
        assertThat(parse("push ").words()).containsExactly("push", "");
        assertThat(parse("").words()).containsExactly("");
    }
}
