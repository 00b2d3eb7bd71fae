package dev.slipway.transfer.push;

import dev.slipway.core.store.PresignedRequest;
import java.nio.charset.StandardCharsets;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

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

    private static final Pattern STATUS = Pattern.compile("(?m)^" + Pattern.quote(REPORT) + "([0-9]{3}) ");

    /** What it is for; versions of curl before 7.63 know fewer options. */
    private enum Use {
        RANGES,
        ONE_RANGE,
        ANSWER
    }

    private final StringBuilder text = new StringBuilder();
    private final Use use;
    private boolean first = true;

    private CurlConfiguration(Use use) {
        this.use = use;
    }

    /** For ranges that curl fetches one after the other, as far as all before are complete. */
    static CurlConfiguration ofRanges() {
        return new CurlConfiguration(Use.RANGES);
    }

    /** For one range, with options that curl 7.29 knows. The response headers are written to file descriptor 6. */
    static CurlConfiguration ofOneRange(PresignedRequest request, long offset, long end) {
        CurlConfiguration configuration = new CurlConfiguration(Use.ONE_RANGE);
        configuration.add(request, offset, end);
        return configuration;
    }

    /** For what a store answers to a request of one byte, also if that is an error; see {@link #status}. */
    static CurlConfiguration ofAnswer(PresignedRequest request) {
        CurlConfiguration configuration = new CurlConfiguration(Use.ANSWER);
        configuration.add(request, 0, 1);
        return configuration;
    }

    /** The HTTP status in the output of a command with {@link #ofAnswer}; 0 if there is none. */
    static int status(String output) {
        Matcher status = STATUS.matcher(output);
        int last = 0;
        while (status.find()) {
            last = Integer.parseInt(status.group(1));
        }
        return last;
    }

    /**
     * Adds a range.
     *
     * @param offset bytes from the beginning of the source
     * @param end the offset after the last byte of the range
     */
    void add(PresignedRequest request, long offset, long end) {
        if (first && use == Use.RANGES) {
            text.append("fail-early\n");
        } else if (!first) {
            text.append("next\n");
        }
        first = false;
        option("url", request.url().toString());
        request.headers().forEach((name, value) -> option("header", name + ": " + value));
        option("range", offset + "-" + (end - 1));
        // A server that sends more than the range would overwrite the next piece. An error may be longer than a byte.
        option("max-filesize", String.valueOf(use == Use.ANSWER ? LARGEST_ANSWER : end - offset));
        switch (use) {
            case RANGES -> option("write-out", "%{stderr}" + REPORT + "%{http_code} %{size_download}\\n");
            case ONE_RANGE -> option("dump-header", "/dev/fd/6");
            case ANSWER -> option("write-out", "\\n" + REPORT + "%{http_code} %{size_download}\\n");
        }
        option("connect-timeout", String.valueOf(30));
        option("speed-limit", String.valueOf(1));
        option("speed-time", String.valueOf(SILENCE_SECONDS));
        text.append(use == Use.ANSWER ? "globoff\n" : "globoff\nfail\n").append("silent\nshow-error\n");
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
