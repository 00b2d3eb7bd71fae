package dev.slipway.app.log;

/**
 * Escapes text for a single line. Names come from clients: a line break in one must not forge a log line, and terminal
 * control characters or changes of the text direction must not alter how a line looks.
 */
final class Escapes {
    private Escapes() {}

    /** Escapes control characters as in Java. */
    static void append(StringBuilder line, String text) {
        for (int i = 0; i < text.length(); i++) {
            append(line, text.charAt(i), isPaired(text, i));
        }
    }

    /** A value, in double quotes unless it is one plain word, so that its end is always clear. */
    static void appendValue(StringBuilder line, String value) {
        if (!value.isEmpty() && value.chars().allMatch(Escapes::isPlain)) {
            line.append(value);
            return;
        }
        line.append('"');
        for (int i = 0; i < value.length(); i++) {
            char c = value.charAt(i);
            if (c == '"' || c == '\\') {
                line.append('\\');
            }
            append(line, c, isPaired(value, i));
        }
        line.append('"');
    }

    private static boolean isPlain(int c) {
        return c < 128 && (Character.isLetterOrDigit(c) || "-_./:@%+,~".indexOf(c) >= 0);
    }

    private static void append(StringBuilder line, char c, boolean paired) {
        switch (c) {
            case '\n' -> line.append("\\n");
            case '\r' -> line.append("\\r");
            case '\t' -> line.append("\\t");
            default -> {
                if (isHarmless(c) && paired) {
                    line.append(c);
                } else {
                    line.append("\\u%04x".formatted((int) c));
                }
            }
        }
    }

    private static boolean isHarmless(char c) {
        return switch (Character.getType(c)) {
            case Character.CONTROL, Character.FORMAT, Character.LINE_SEPARATOR, Character.PARAGRAPH_SEPARATOR -> false;
            default -> true;
        };
    }

    /** False for an unpaired surrogate, which cannot be written as UTF-8. */
    private static boolean isPaired(String text, int index) {
        char c = text.charAt(index);
        if (Character.isHighSurrogate(c)) {
            return index + 1 < text.length() && Character.isLowSurrogate(text.charAt(index + 1));
        }
        return !Character.isLowSurrogate(c) || (index > 0 && Character.isHighSurrogate(text.charAt(index - 1)));
    }
}
