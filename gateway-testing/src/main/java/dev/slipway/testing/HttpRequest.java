package dev.slipway.testing;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * The head of an HTTP/1.1 request that passed a {@link FaultProxy}.
 *
 * @param method in capitals
 * @param target path and query as they were sent, percent-encoded
 * @param headers by name in lower case; of a repeated header the last value
 */
public record HttpRequest(String method, String target, Map<String, String> headers) {

    /** The target without its query. */
    public String path() {
        int question = target.indexOf('?');
        return question < 0 ? target : target.substring(0, question);
    }

    /** Whether the query has this parameter, with or without a value: {@code uploads}, {@code partNumber}. */
    public boolean hasParameter(String name) {
        int question = target.indexOf('?');
        return question >= 0
                && List.of(target.substring(question + 1).split("&", -1)).stream()
                        .anyMatch(parameter -> parameter.equals(name) || parameter.startsWith(name + "="));
    }

    /** A header's value. */
    public Optional<String> header(String name) {
        return Optional.ofNullable(headers.get(name.toLowerCase(Locale.ROOT)));
    }

    /** Parses a head, from the request line up to and including the empty line. */
    static HttpRequest parse(byte[] head) {
        String[] lines = new String(head, StandardCharsets.ISO_8859_1).split("\r\n", -1);
        String[] requestLine = lines[0].split(" ", 3);
        if (requestLine.length != 3 || !requestLine[2].startsWith("HTTP/1.")) {
            throw new IllegalArgumentException("not an HTTP/1 request line: " + lines[0]);
        }
        Map<String, String> headers = new TreeMap<>();
        for (int i = 1; i < lines.length; i++) {
            int colon = lines[i].indexOf(':');
            if (colon > 0) {
                headers.put(
                        lines[i].substring(0, colon).toLowerCase(Locale.ROOT),
                        lines[i].substring(colon + 1).strip());
            }
        }
        return new HttpRequest(requestLine[0], requestLine[1], Map.copyOf(headers));
    }

    @Override
    public String toString() {
        return method + " " + target;
    }
}
