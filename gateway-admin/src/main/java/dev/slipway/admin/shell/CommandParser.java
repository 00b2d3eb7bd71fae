package dev.slipway.admin.shell;

import dev.slipway.admin.command.Words;
import dev.slipway.admin.command.Words.Line;
import dev.slipway.admin.command.Words.Word;
import java.util.ArrayList;
import java.util.List;
import org.jline.reader.CompletingParsedLine;
import org.jline.reader.Parser;

/** Parses a partly typed line as a command. A completed word keeps its typed form. */
final class CommandParser implements Parser {
    @Override
    public CompletingParsedLine parse(String line, int cursor, ParseContext context) {
        Line read = Words.read(line);
        List<String> words = new ArrayList<>();
        int index = -1;
        Word current = new Word("", cursor, cursor);
        for (Word word : read.words()) {
            if (index < 0 && cursor <= word.end()) {
                index = words.size();
                if (cursor < word.start()) {
                    words.add("");
                } else {
                    current = word;
                }
            }
            words.add(word.text());
        }
        if (index < 0) {
            index = words.size();
            words.add("");
        }
        String raw = line.substring(current.start(), current.end());
        int rawCursor = cursor - current.start();
        List<Word> before = Words.read(raw.substring(0, rawCursor)).words();
        Line alone = Words.read(raw);
        return new Parsed(
                line,
                cursor,
                List.copyOf(words),
                index,
                current.text(),
                before.isEmpty() ? 0 : before.getFirst().text().length(),
                raw,
                rawCursor,
                alone.quote(),
                alone.backslash());
    }

    @Override
    public boolean isEscapeChar(char c) {
        return c == '\\';
    }

    /**
     * A line and the word at the cursor.
     *
     * @param raw the word as it was typed
     * @param quote the quote in it that is not closed, or 0
     * @param backslash whether it ends with a backslash that quotes nothing
     */
    private record Parsed(
            String line,
            int cursor,
            List<String> words,
            int wordIndex,
            String word,
            int wordCursor,
            String raw,
            int rawWordCursor,
            char quote,
            boolean backslash)
            implements CompletingParsedLine {
        @Override
        public int rawWordLength() {
            return raw.length();
        }

        /** The word must be as long as it was typed: the line editor relies on that. */
        @Override
        public CharSequence escape(CharSequence candidate, boolean complete) {
            String text = candidate.toString();
            if (!text.startsWith(word)) {
                return Words.escape(text, '\0');
            }
            String rest = text.substring(word.length());
            boolean dangling = backslash && !rest.isEmpty();
            String typed = dangling ? raw.substring(0, raw.length() - 1) : raw;
            return typed + Words.escape(rest, quote) + (complete && quote != 0 ? String.valueOf(quote) : "");
        }
    }
}
