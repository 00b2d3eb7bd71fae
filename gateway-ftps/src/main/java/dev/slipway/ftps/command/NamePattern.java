package dev.slipway.ftps.command;

import java.util.function.Predicate;

/** Patterns of file names: {@code *} for any run of characters, {@code ?} for one. */
final class NamePattern {
    private NamePattern() {}

    /** Whether a name is to be read as a pattern. */
    static boolean isPattern(String name) {
        return name.indexOf('*') >= 0 || name.indexOf('?') >= 0;
    }

    /** Tests names against a pattern, in time proportional to the product of the lengths at worst. */
    static Predicate<String> matcher(String pattern) {
        return name -> matches(pattern, name);
    }

    private static boolean matches(String pattern, String name) {
        int p = 0;
        int n = 0;
        int star = -1;
        int retry = 0;
        while (n < name.length()) {
            if (p < pattern.length() && pattern.charAt(p) == '*') {
                star = p++;
                retry = n;
            } else if (p < pattern.length() && (pattern.charAt(p) == '?' || pattern.charAt(p) == name.charAt(n))) {
                p++;
                n++;
            } else if (star >= 0) {
                p = star + 1;
                n = ++retry;
            } else {
                return false;
            }
        }
        while (p < pattern.length() && pattern.charAt(p) == '*') {
            p++;
        }
        return p == pattern.length();
    }
}
