package dev.slipway.sftp.scp;

import dev.slipway.sftp.files.RequestException;
import dev.slipway.sftp.files.Status;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The command line with which an scp client starts its counterpart. Clients write it for a shell, so shell quotes and
 * patterns are understood, but no other shell syntax.
 *
 * @param receive whether we receive files ({@code -t}) or send them ({@code -f})
 * @param recursive {@code -r}
 * @param times {@code -p}: modification times are sent along
 * @param targetIsDirectory {@code -d}: the target must be a directory
 * @param paths at least one; exactly one when receiving
 */
public record ScpArguments(
        boolean receive, boolean recursive, boolean times, boolean targetIsDirectory, List<Word> paths) {
    /**
     * A word of the command line.
     *
     * @param text without its quotes
     * @param pattern for each character of the text, whether it stands for others: an unquoted {@code *}, {@code ?} or
     *     {@code [}
     */
    public record Word(String text, List<Boolean> pattern) {
        boolean isPattern() {
            return pattern.contains(true);
        }

        /** The segments between slashes. */
        public List<Word> segments() {
            List<Word> result = new ArrayList<>();
            int start = 0;
            for (int i = 0; i <= text.length(); i++) {
                if (i == text.length() || text.charAt(i) == '/') {
                    result.add(new Word(text.substring(start, i), pattern.subList(start, i)));
                    start = i + 1;
                }
            }
            return result;
        }

        /** Whether a name matches. As in a shell, only a dot matches a leading dot. */
        public boolean matches(String name) {
            if (!text.isEmpty() && pattern.getFirst() && name.startsWith(".")) {
                return false;
            }
            int next = 0;
            int position = 0;
            // Where to continue if the rest does not match: the last asterisk then takes one more character.
            int asterisk = -1;
            int taken = 0;
            while (position < name.length()) {
                if (isAsterisk(next)) {
                    asterisk = next++;
                    taken = position;
                    continue;
                }
                int behind = matchOne(next, name.charAt(position));
                if (behind >= 0) {
                    next = behind;
                    position++;
                } else if (asterisk >= 0) {
                    next = asterisk + 1;
                    position = ++taken;
                } else {
                    return false;
                }
            }
            while (isAsterisk(next)) {
                next++;
            }
            return next == text.length();
        }

        private boolean isAsterisk(int index) {
            return index < text.length() && pattern.get(index) && text.charAt(index) == '*';
        }

        /** The index after the pattern element if it matches the character; otherwise -1. */
        private int matchOne(int index, char c) {
            if (index == text.length()) {
                return -1;
            }
            char own = text.charAt(index);
            if (pattern.get(index) && own == '?') {
                return index + 1;
            }
            if (pattern.get(index) && own == '[') {
                boolean negated = index + 1 < text.length() && "!^".indexOf(text.charAt(index + 1)) >= 0;
                int first = negated ? index + 2 : index + 1;
                // A leading bracket is a member of the set.
                int end = text.indexOf(']', first + 1);
                if (end >= 0) {
                    return contains(text.substring(first, end), c) == negated ? -1 : end + 1;
                }
            }
            return own == c ? index + 1 : -1;
        }

        private static boolean contains(String set, char c) {
            for (int i = 0; i < set.length(); i++) {
                if (i + 2 < set.length() && set.charAt(i + 1) == '-') {
                    if (set.charAt(i) <= c && c <= set.charAt(i + 2)) {
                        return true;
                    }
                    i += 2;
                } else if (set.charAt(i) == c) {
                    return true;
                }
            }
            return false;
        }
    }

    /** Whether a command line starts scp at all. */
    public static boolean isScp(String commandLine) {
        String command = commandLine.strip().split("\\s", 2)[0];
        return command.substring(command.lastIndexOf('/') + 1).equals("scp");
    }

    /**
     * Parses the command line.
     *
     * @throws RequestException if it is invalid
     */
    public static ScpArguments parse(String commandLine) throws RequestException {
        List<Word> words = split(commandLine, "");
        Boolean receive = null;
        boolean recursive = false;
        boolean times = false;
        boolean targetIsDirectory = false;
        int next = 1;
        while (next < words.size() && words.get(next).text().startsWith("-")) {
            String options = words.get(next++).text();
            if (options.equals("--")) {
                break;
            }
            for (char option : options.substring(1).toCharArray()) {
                switch (option) {
                    case 't' -> receive = true;
                    case 'f' -> receive = false;
                    case 'r' -> recursive = true;
                    case 'p' -> times = true;
                    case 'd' -> targetIsDirectory = true;
                    case 'q', 'v' -> {}
                    default -> throw new RequestException(Status.FAILURE, "unknown option -" + option);
                }
            }
        }
        return checked(receive, recursive, times, targetIsDirectory, words.subList(next, words.size()));
    }

    private static ScpArguments checked(
            @Nullable Boolean receive, boolean recursive, boolean times, boolean targetIsDirectory, List<Word> paths)
            throws RequestException {
        if (receive == null) {
            throw new RequestException(Status.FAILURE, "neither -t nor -f was given");
        }
        if (paths.isEmpty() || (receive && paths.size() > 1)) {
            throw new RequestException(Status.FAILURE, "expected a path, but got " + paths.size());
        }
        return new ScpArguments(receive, recursive, times, targetIsDirectory, List.copyOf(paths));
    }

    /**
     * Splits a command line as a shell does.
     *
     * @param forbidden characters that are refused if they have a meaning in a shell
     */
    public static List<Word> split(String commandLine, String forbidden) throws RequestException {
        List<Word> result = new ArrayList<>();
        StringBuilder text = new StringBuilder();
        List<Boolean> pattern = new ArrayList<>();
        boolean within = false;
        char quote = 0;
        for (int i = 0; i < commandLine.length(); i++) {
            char c = commandLine.charAt(i);
            boolean plain = false;
            if (quote == 0 && (c == ' ' || c == '\t' || (c == '\n' && forbidden.indexOf(c) < 0))) {
                if (within) {
                    result.add(new Word(text.toString(), List.copyOf(pattern)));
                }
                text.setLength(0);
                pattern.clear();
                within = false;
                continue;
            }
            within = true;
            if (c == quote) {
                quote = 0;
                continue;
            }
            if (quote == 0 && (c == '\'' || c == '"')) {
                quote = c;
                continue;
            }
            boolean escapes = quote == 0
                    || (quote == '"'
                            && i + 1 < commandLine.length()
                            && "\\\"$`".indexOf(commandLine.charAt(i + 1)) >= 0);
            if (c == '\\' && escapes) {
                i++;
                if (i == commandLine.length()) {
                    throw new RequestException(Status.FAILURE, "the command line ends in a backslash");
                }
                c = commandLine.charAt(i);
            } else {
                plain = quote == 0;
                if (forbidden.indexOf(c) >= 0 && (plain || (quote == '"' && (c == '$' || c == '`')))) {
                    throw new RequestException(Status.FAILURE, "Shell syntax is not supported: " + c + ".");
                }
            }
            text.append(c);
            pattern.add(plain && (c == '*' || c == '?' || c == '['));
        }
        if (quote != 0) {
            throw new RequestException(Status.FAILURE, "a quote is not closed");
        }
        if (within) {
            result.add(new Word(text.toString(), List.copyOf(pattern)));
        }
        return result;
    }
}
