package dev.slipway.core.net;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * TCP ports from the first to the last.
 *
 * @param first 1 to 65535, or 0 when the system chooses
 * @param last not less than the first
 */
public record PortRange(int first, int last) {
    private static final Pattern FORM = Pattern.compile("(\\d{1,5})(?:\\s*-\\s*(\\d{1,5}))?");

    /** Whatever ports are free. */
    public static final PortRange ANY = new PortRange(0, 0);

    public PortRange {
        if (first < 0 || last > 65_535 || first > last || (first == 0 && last != 0)) {
            throw new IllegalArgumentException("not a range of ports: " + first + "-" + last);
        }
    }

    /**
     * Reads {@code 8022-8042}, a single port, or {@code 0} for {@link #ANY}.
     *
     * @throws IllegalArgumentException with what was expected
     */
    public static PortRange parse(String text) {
        Matcher matcher = FORM.matcher(text.strip());
        if (matcher.matches()) {
            int first = Integer.parseInt(matcher.group(1));
            int last = matcher.group(2) == null ? first : Integer.parseInt(matcher.group(2));
            if (last <= 65_535 && first <= last && (first > 0 || last == 0)) {
                return new PortRange(first, last);
            }
        }
        throw new IllegalArgumentException(
                "a range of ports from 1 to 65535, such as 8022-8042, or 0 for any free ports");
    }

    /** Whether a port lies in the range. */
    public boolean contains(int port) {
        return port != 0 && port >= first && port <= last;
    }

    @Override
    public String toString() {
        return first == last ? String.valueOf(first) : first + "-" + last;
    }
}
