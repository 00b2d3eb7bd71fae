package dev.slipway.core.net;

/**
 * The port of a listener, if there is one.
 *
 * @param number 1 to 65535, 0 for a free one, -1 for no listener
 */
public record ListenPort(int number) {
    /** No listener. */
    public static final ListenPort OFF = new ListenPort(-1);

    public ListenPort {
        if (number < -1 || number > 65_535) {
            throw new IllegalArgumentException("not a port: " + number);
        }
    }

    /**
     * Reads a number or {@code off}.
     *
     * @throws IllegalArgumentException with what was expected
     */
    public static ListenPort parse(String text) {
        if (text.equals("off")) {
            return OFF;
        }
        if (text.matches("\\d{1,5}") && Integer.parseInt(text) <= 65_535) {
            return new ListenPort(Integer.parseInt(text));
        }
        throw new IllegalArgumentException("a port from 1 to 65535, 0 for any free port, or off");
    }

    /** Whether there is a listener. */
    public boolean isOn() {
        return number >= 0;
    }

    @Override
    public String toString() {
        return isOn() ? String.valueOf(number) : "off";
    }
}
