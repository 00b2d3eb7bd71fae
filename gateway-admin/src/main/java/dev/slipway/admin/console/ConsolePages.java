package dev.slipway.admin.console;

import dev.slipway.admin.http.HttpExchange;
import dev.slipway.console.ConsoleFiles;
import dev.slipway.console.ConsoleFiles.ConsoleFile;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Stream;

/**
 * Serves the console's files from memory, without a login: they are the same for everybody, and contain nothing of the
 * gateway. Thread-safe; nothing blocks.
 */
public final class ConsolePages {
    /** The prefix of all paths of the console. */
    public static final String PATH = "/console";

    /**
     * No script, style, font or image from elsewhere, none within the page, no page around this one, and requests to this
     * gateway only.
     */
    private static final String POLICY =
            "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:;"
                    + " font-src 'self'; connect-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'self';"
                    + " frame-ancestors 'none'";

    /** Names with a digest never get another content. */
    private static final String FOR_EVER = "public, max-age=31536000, immutable";

    private final ConsoleFiles files;
    private final boolean served;

    /** @param served whether the API is served on this listener; the console is of no use without it */
    public ConsolePages(ConsoleFiles files, boolean served) {
        this.files = files;
        this.served = served;
    }

    /** Whether there is a console to be looked at. */
    public boolean isAvailable() {
        return files.isBuilt() && served;
    }

    /** Whether a path belongs to the console. */
    public static boolean owns(String path) {
        return path.equals("/") || path.equals(PATH) || path.startsWith(PATH + "/");
    }

    /** Answers a request for one of its paths. */
    public void handle(HttpExchange exchange) {
        String path = exchange.path();
        if (!exchange.method().equals("GET") && !exchange.method().equals("HEAD")) {
            exchange.answer(405, Map.of("Allow", "GET, HEAD"), new byte[0]);
        } else if (!isAvailable()) {
            answer(
                    exchange,
                    404,
                    served
                            ? "This gateway was built without the web console, on a machine without Node.js."
                            : "The console is not served here: the listener can be reached from other machines without"
                                    + " TLS. Set admin.tls, or admin.tlsProxy if a TLS proxy is in front.");
        } else if (!path.startsWith(PATH + "/")) {
            exchange.answer(302, secured(Map.of("Location", PATH + "/")), new byte[0]);
        } else {
            file(exchange, path.substring(PATH.length() + 1));
        }
    }

    private static void answer(HttpExchange exchange, int status, String text) {
        exchange.answer(
                status,
                secured(Map.of("Content-Type", "text/plain; charset=utf-8")),
                (text + "\n").getBytes(StandardCharsets.UTF_8));
    }

    private static Map<String, String> secured(Map<String, String> headers) {
        Map<String, String> all = new LinkedHashMap<>(headers);
        all.put("Content-Security-Policy", POLICY);
        all.put("Referrer-Policy", "no-referrer");
        all.put("X-Frame-Options", "DENY");
        all.put("Cross-Origin-Opener-Policy", "same-origin");
        all.put("Cross-Origin-Resource-Policy", "same-origin");
        all.put("Permissions-Policy", "camera=(), geolocation=(), microphone=(), payment=(), usb=()");
        return all;
    }

    private void file(HttpExchange exchange, String name) {
        ConsoleFile file = files.files().get(name);
        // All views have one page, which looks at the address itself. Files have a folder of their own.
        boolean page = file == null && !name.startsWith("assets/");
        if (page) {
            file = files.files().get(ConsoleFiles.PAGE);
        }
        if (file == null) {
            answer(exchange, 404, "There is no such file. Load the console again: the gateway may have been upgraded.");
            return;
        }
        String tag = "\"" + file.digest() + "\"";
        Map<String, String> headers = new LinkedHashMap<>();
        headers.put("Content-Type", file.type());
        headers.put("Cache-Control", page || name.equals(ConsoleFiles.PAGE) ? "no-cache" : FOR_EVER);
        headers.put("ETag", tag);
        headers.put("Vary", "Accept-Encoding");
        if (matches(exchange.headers("If-None-Match"), tag)) {
            exchange.answer(304, secured(headers), new byte[0]);
            return;
        }
        List<String> accepted = accepted(exchange.headers("Accept-Encoding"));
        byte[] content = file.plain();
        if (accepted.contains("br")) {
            headers.put("Content-Encoding", "br");
            content = file.brotli();
        } else if (accepted.contains("gzip")) {
            headers.put("Content-Encoding", "gzip");
            content = file.gzip();
        }
        exchange.answer(200, secured(headers), content);
    }

    private static boolean matches(List<String> headers, String tag) {
        return words(headers).anyMatch(word -> word.equals(tag) || word.equals("W/" + tag));
    }

    /** The encodings that a client accepts. */
    private static List<String> accepted(List<String> headers) {
        return words(headers)
                .map(word -> word.toLowerCase(Locale.ROOT).replace(" ", ""))
                .filter(word -> !word.matches(".*;q=0(\\.0*)?"))
                .map(word -> word.split(";", 2)[0])
                .toList();
    }

    private static Stream<String> words(List<String> headers) {
        return headers.stream()
                .flatMap(header -> Arrays.stream(header.split(",", -1)).map(String::strip));
    }
}
