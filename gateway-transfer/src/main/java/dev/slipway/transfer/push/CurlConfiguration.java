package dev.slipway.transfer.push;

import dev.slipway.core.store.PresignedRequest;
import java.nio.charset.StandardCharsets;

/**
 * The configuration that curl reads from its standard input ({@code --config -}), so that neither a URL nor a header
 * appears in a process list. curl fetches ranges one after the other over one connection, and reports each on its
 * standard error.
 */
final class CurlConfiguration {
    /** The prefix of the line about a range. */
    static final String REPORT = "slipway-range ";

    private static final int LARGEST_ANSWER = 64 << 10;

    /** Seconds without a byte, after which a range is given up. */
    private static final int SILENCE_SECONDS = 60;

    private final StringBuilder text = new StringBuilder("fail-early\n");
    private final boolean fails;
    private boolean first = true;

    CurlConfiguration() {
        this(true);
    }

    private CurlConfiguration(boolean fails) {
        this.fails = fails;
    }

    /** For what a store answers to a request of one byte, also if that is an error. */
    static CurlConfiguration ofAnswer(PresignedRequest request) {
        CurlConfiguration configuration = new CurlConfiguration(false);
        configuration.add(request, 0, 1);
        return configuration;
    }

    /**
     * Adds a range.
     *
     * @param offset bytes from the beginning of the source
     * @param end the offset after the last byte of the range
     */
    void add(PresignedRequest request, long offset, long end) {
        if (!first) {
            text.append("next\n");
        }
        first = false;
        option("url", request.url().toString());
        request.headers().forEach((name, value) -> option("header", name + ": " + value));
        option("range", offset + "-" + (end - 1));
        // A server that sends more than the range would overwrite the next piece. An error may be longer than a byte.
        option("max-filesize", String.valueOf(fails ? end - offset : LARGEST_ANSWER));
        option("write-out", "%{stderr}" + REPORT + "%{http_code} %{size_download}\\n");
        option("connect-timeout", String.valueOf(30));
        option("speed-limit", String.valueOf(1));
        option("speed-time", String.valueOf(SILENCE_SECONDS));
        text.append(fails ? "globoff\nfail\n" : "globoff\n").append("silent\nshow-error\n");
    }

    /** Values are quoted as in curl's manual. */
    private void option(String name, String value) {
        text.append(name).append(" = \"");
        for (int i = 0; i < value.length(); i++) {
            char c = value.charAt(i);
            if (c < ' ') {
                throw new IllegalArgumentException("a control character in curl's option " + name);
            }
            if (c == '"' || c == '\\') {
                text.append('\\');
            }
            text.append(c);
        }
        text.append("\"\n");
    }

    byte[] bytes() {
        return text.toString().getBytes(StandardCharsets.UTF_8);
    }
}
