package dev.slipway.transfer.push;

import java.util.regex.Pattern;

/** Patterns of keys: {@code *} and {@code ?} within a segment, {@code **} across segments, a backslash before what is itself. */
public final class NamePattern {
    private NamePattern() {}

    /** The index of a key's first wildcard; -1 if there is none. */
    static int firstWildcard(String key) {
        for (int i = 0; i < key.length(); i++) {
            char c = key.charAt(i);
            if (c == '\\') {
                i++;
            } else if (c == '*' || c == '?') {
                return i;
            }
        }
        return -1;
    }

    /** A key without the backslashes that keep wildcards from being any. */
    static String literal(String key) {
        StringBuilder literal = new StringBuilder();
        for (int i = 0; i < key.length(); i++) {
            if (key.charAt(i) == '\\' && i + 1 < key.length() && "*?\\".indexOf(key.charAt(i + 1)) >= 0) {
                i++;
            }
            literal.append(key.charAt(i));
        }
        return literal.toString();
    }

    /** A pattern for whole paths. */
    public static Pattern compile(String pattern) {
        StringBuilder regex = new StringBuilder();
        for (int i = 0; i < pattern.length(); i++) {
            char c = pattern.charAt(i);
            if (c == '*' && i + 1 < pattern.length() && pattern.charAt(i + 1) == '*') {
                i++;
                boolean segment = i + 1 < pattern.length() && pattern.charAt(i + 1) == '/';
                if (segment) {
                    // "**/" stands for any number of folders, none among them.
                    i++;
                }
                regex.append(segment ? "(?:.*/)?" : ".*");
            } else if (c == '*') {
                regex.append("[^/]*");
            } else if (c == '?') {
                regex.append("[^/]");
            } else {
                if (c == '\\' && i + 1 < pattern.length()) {
                    i++;
                }
                regex.append(Pattern.quote(Character.toString(pattern.codePointAt(i))));
                i += Character.charCount(pattern.codePointAt(i)) - 1;
            }
        }
        return Pattern.compile(regex.toString(), Pattern.DOTALL);
    }
}
