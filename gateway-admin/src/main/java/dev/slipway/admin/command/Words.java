package dev.slipway.admin.command;

import java.util.ArrayList;
import java.util.List;

/**
 * Splits a line into words as a shell does, with its quotes and its backslash; nothing else of a shell means anything
 * here.
 */
public final class Words {
    private Words() {}

    /**
     * The words of a line.
     *
     * @throws IllegalArgumentException a quote is not closed, or the line ends with a backslash
     */
    public static List<String> split(String line) {
        List<String> words = new ArrayList<>();
        StringBuilder word = new StringBuilder();
        boolean begun = false;
        char quote = 0;
        for (int i = 0; i < line.length(); i++) {
            char c = line.charAt(i);
            if (quote == '\'') {
                if (c == quote) {
                    quote = 0;
                } else {
                    word.append(c);
                }
            } else if (c == '\\') {
                if (++i == line.length()) {
                    throw new IllegalArgumentException("the line ends with a backslash that quotes nothing");
                }
                boolean quotes = quote == 0 || line.charAt(i) == '"' || line.charAt(i) == '\\';
                word.append(quotes ? "" : "\\").append(line.charAt(i));
                begun = true;
            } else if (c == quote) {
                quote = 0;
            } else if (quote != 0) {
                word.append(c);
            } else if (c == '"' || c == '\'') {
                quote = c;
                begun = true;
            } else if (Character.isWhitespace(c)) {
                if (begun) {
                    words.add(word.toString());
                    word.setLength(0);
                }
                begun = false;
            } else {
                word.append(c);
                begun = true;
            }
        }
        if (quote != 0) {
            throw new IllegalArgumentException("a quote (" + quote + ") is not closed");
        }
        if (begun) {
            words.add(word.toString());
        }
        return words;
    }

    /** A word as {@link #split} reads it: as it is where that is one word, otherwise in quotes. */
    public static String quote(String word) {
        return word.matches("[A-Za-z0-9_./:,=@%+*?~-]+") ? word : "'" + word.replace("'", "'\\''") + "'";
    }
}
