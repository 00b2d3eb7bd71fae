package dev.slipway.admin.command;

import java.util.ArrayList;
import java.util.List;

/** Splits a line into words as a shell does, with quotes and backslashes, but no other shell syntax. */
public final class Words {
    private Words() {}

    /**
     * A word of a line.
     *
     * @param text its text, without quotes
     * @param start where it begins in the line, quotes included
     * @param end after its last character in the line
     */
    public record Word(String text, int start, int end) {}

    /**
     * A line that may be incomplete.
     *
     * @param words all of its words
     * @param quote the quote that is not closed, or 0
     * @param backslash whether the line ends with an unfinished escape
     */
    public record Line(List<Word> words, char quote, boolean backslash) {}

    /** Reads a line as far as it goes. */
    public static Line read(String line) {
        List<Word> words = new ArrayList<>();
        StringBuilder word = new StringBuilder();
        int start = -1;
        char quote = 0;
        boolean backslash = false;
        for (int i = 0; i < line.length(); i++) {
            char c = line.charAt(i);
            if (start < 0 && !Character.isWhitespace(c)) {
                start = i;
            }
            if (quote == '\'') {
                if (c == quote) {
                    quote = 0;
                } else {
                    word.append(c);
                }
            } else if (c == '\\') {
                if (++i == line.length()) {
                    backslash = true;
                } else {
                    boolean quotes = quote == 0 || line.charAt(i) == '"' || line.charAt(i) == '\\';
                    word.append(quotes ? "" : "\\").append(line.charAt(i));
                }
            } else if (c == quote) {
                quote = 0;
            } else if (quote != 0) {
                word.append(c);
            } else if (c == '"' || c == '\'') {
                quote = c;
            } else if (Character.isWhitespace(c)) {
                if (start >= 0) {
                    words.add(new Word(word.toString(), start, i));
                    word.setLength(0);
                }
                start = -1;
            } else {
                word.append(c);
            }
        }
        if (start >= 0) {
            words.add(new Word(word.toString(), start, line.length()));
        }
        return new Line(words, quote, backslash);
    }

    /**
     * The words of a line.
     *
     * @throws IllegalArgumentException a quote is not closed, or the line ends with a backslash
     */
    public static List<String> split(String line) {
        Line read = read(line);
        if (read.backslash()) {
            throw new IllegalArgumentException("the line ends with a backslash");
        }
        if (read.quote() != 0) {
            throw new IllegalArgumentException("a quote (" + read.quote() + ") is not closed");
        }
        return read.words().stream().map(Word::text).toList();
    }

    /** A word for {@link #split}, quoted if necessary. */
    public static String quote(String word) {
        return word.matches("[A-Za-z0-9_./:,=@%+*?~-]+") ? word : "'" + word.replace("'", "'\\''") + "'";
    }

    /**
     * A part of a word, escaped for appending to typed text.
     *
     * @param quote the quote that is open there, and stays open; or 0
     */
    public static String escape(String part, char quote) {
        if (quote == '\'') {
            return part.replace("'", "'\\''");
        }
        StringBuilder escaped = new StringBuilder();
        for (int i = 0; i < part.length(); i++) {
            char c = part.charAt(i);
            boolean special = c == '"' || c == '\\' || (quote == 0 && (c == '\'' || Character.isWhitespace(c)));
            escaped.append(special ? "\\" : "").append(c);
        }
        return escaped.toString();
    }
}
