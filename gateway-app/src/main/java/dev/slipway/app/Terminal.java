package dev.slipway.app;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The terminal of this process. */
final class Terminal {
    private static final int USUAL = 80;
    private static final Pattern SIZE = Pattern.compile("\\d{1,4} ([1-9]\\d{0,3})\\s*");

    private Terminal() {}

    /** Its columns; 0 without a terminal. Asks again each time, since people resize it. Blocks for another process. */
    static int columns() {
        if (!isThere()) {
            return 0;
        }
        try {
            Process stty = new ProcessBuilder("stty", "size")
                    .redirectInput(Path.of("/dev/tty").toFile())
                    .redirectError(ProcessBuilder.Redirect.DISCARD)
                    .start();
            String said = new String(stty.getInputStream().readAllBytes(), StandardCharsets.US_ASCII);
            Matcher size = SIZE.matcher(said);
            if (stty.waitFor(1, TimeUnit.SECONDS) && size.matches()) {
                return Integer.parseInt(size.group(1));
            }
        } catch (IOException e) {
            // Not every system has it.
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        String columns = System.getenv("COLUMNS");
        return columns != null && columns.matches("[1-9]\\d{0,3}") ? Integer.parseInt(columns) : USUAL;
    }

    /**
     * Whether it can show all Unicode characters. The script that starts this process may have changed the locale, and says
     * so.
     */
    static boolean isUnicode() {
        return isThere()
                && StandardCharsets.UTF_8.equals(System.out.charset())
                && !System.getProperty("slipway.terminal", "").equals("ascii");
    }

    // It is null in a runtime image without the module jdk.internal.le.
    @SuppressWarnings("SystemConsoleNull")
    private static boolean isThere() {
        java.io.Console console = System.console();
        return console != null && console.isTerminal();
    }
}
