package dev.slipway.admin.command;

/** Text that a terminal shows and does not obey. Names come from strangers, and may hold anything. */
public final class PlainText {
    private PlainText() {}

    /** A text with a question mark for each character that is not to be seen; the ends of lines and tabs stay. */
    public static String of(String text) {
        StringBuilder plain = new StringBuilder(text.length());
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            boolean kept = c == '\n' || c == '\t' || (c == '\r' && i + 1 < text.length() && text.charAt(i + 1) == '\n');
            plain.append(kept || isHarmless(c) ? c : '?');
        }
        return plain.toString();
    }

    /** As above, for what is to stay on its line. */
    public static String line(String text) {
        return of(text).replace('\n', '?').replace('\r', '?').replace('\t', '?');
    }

    /** Whether a character neither steers a terminal nor turns the direction of what follows. */
    static boolean isHarmless(char c) {
        return switch (Character.getType(c)) {
            case Character.CONTROL, Character.FORMAT, Character.LINE_SEPARATOR, Character.PARAGRAPH_SEPARATOR -> false;
            default -> true;
        };
    }
}
