package dev.slipway.admin.command;

/** Text without terminal control characters. Names come from clients and may contain anything. */
final class PlainText {
    private PlainText() {}

    /** A text with a question mark for each invisible character, except line ends and tabs. */
    static String of(String text) {
        StringBuilder plain = new StringBuilder(text.length());
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            boolean kept = c == '\n' || c == '\t' || (c == '\r' && i + 1 < text.length() && text.charAt(i + 1) == '\n');
            plain.append(kept || isHarmless(c) ? c : '?');
        }
        return plain.toString();
    }

    /** As above, for single lines. */
    static String line(String text) {
        return of(text).replace('\n', '?').replace('\r', '?').replace('\t', '?');
    }

    /** Whether a character neither controls a terminal nor changes the text direction. */
    static boolean isHarmless(char c) {
        return switch (Character.getType(c)) {
            case Character.CONTROL, Character.FORMAT, Character.LINE_SEPARATOR, Character.PARAGRAPH_SEPARATOR -> false;
            default -> true;
        };
    }
}
