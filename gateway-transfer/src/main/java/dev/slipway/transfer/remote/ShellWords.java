package dev.slipway.transfer.remote;

/**
 * Makes words of strings for a POSIX shell
 * (<a href="https://pubs.opengroup.org/onlinepubs/9799919799/utilities/V3_chap02.html#tag_19_02_02">XCU 2.2.2</a>).
 */
public final class ShellWords {
    private ShellWords() {}

    /**
     * Quotes a string so that a shell takes it as exactly one word. Quotes do not prevent a program from taking it for
     * an option: put {@code --} before it, or use a path that begins with {@code /} or {@code ./}.
     *
     * @throws IllegalArgumentException if the string contains a NUL, which no word can contain
     */
    public static String quote(String word) {
        if (word.indexOf('\0') >= 0) {
            throw new IllegalArgumentException("a NUL cannot be passed to a program");
        }
        // Nothing is special between single quotes, and a single quote is not to be had there.
        return "'" + word.replace("'", "'\\''") + "'";
    }
}
