package dev.slipway.transfer.push;

import dev.slipway.core.DigestAlgorithm;
import dev.slipway.core.store.PresignedRequest;
import dev.slipway.transfer.job.JobException;
import java.io.IOException;
import java.net.URI;
import java.nio.ByteBuffer;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A source given by its URL, signed or not. */
final class UrlSource implements Source {
    private static final int OK = 200;
    private static final int PARTIAL_CONTENT = 206;
    private static final int RANGE_NOT_SATISFIABLE = 416;
    private static final int PRECONDITION_FAILED = 412;

    /** RFC 9110, section 5.6.2. */
    private static final Pattern HEADER_NAME = Pattern.compile("[A-Za-z0-9!#$%&'*+.^_`|~-]+");

    /** Headers that the connection itself sets. */
    private static final Set<String> RESERVED =
            Set.of("connection", "content-length", "expect", "transfer-encoding", "upgrade");

    /** {@code Content-Range} (RFC 9110, section 14.4). */
    private static final Pattern CONTENT_RANGE = Pattern.compile("bytes (?:[0-9]+-[0-9]+|\\*)/([0-9]{1,18})");

    private final UrlClient client;
    private final URI url;
    private final Map<String, String> headers;

    /**
     * Something at a URL.
     *
     * @param headers are sent with each request
     */
    UrlSource(UrlClient client, URI url, Map<String, String> headers) {
        this.client = client;
        this.url = url;
        this.headers = Map.copyOf(headers);
    }

    /** The URL for people: without its query, which may contain a signature. */
    static String describe(URI url) {
        return url.getScheme() + "://" + url.getHost() + (url.getPort() < 0 ? "" : ":" + url.getPort())
                + url.getRawPath();
    }

    /** One byte is asked for, since what was signed for GET does not allow HEAD. */
    @Override
    public SourceVersion current() throws JobException {
        try (UrlClient.Answer answer = send(headers, "bytes=0-0")) {
            return version(answer);
        }
    }

    private SourceVersion version(UrlClient.Answer answer) throws JobException {
        int status = answer.status();
        if (status != PARTIAL_CONTENT && status != RANGE_NOT_SATISFIABLE) {
            throw status == OK ? JobException.permanent(describe(url) + " does not support ranges") : refused(status);
        }
        Matcher range = CONTENT_RANGE.matcher(answer.header("Content-Range"));
        if (!range.matches()) {
            throw JobException.permanent(describe(url) + " does not tell its size");
        }
        String tag = answer.header("ETag");
        // A weak tag does not tell versions apart (RFC 9110, section 8.8.1).
        return new SourceVersion(Long.parseLong(range.group(1)), tag.startsWith("W/") ? "" : tag, 0, null);
    }

    @Override
    public PresignedRequest request(SourceVersion version) {
        return new PresignedRequest(url, bound(version));
    }

    private Map<String, String> bound(SourceVersion version) {
        // If the request contains a signed header of that name, it means the same version, or the request fails.
        Map<String, String> bound = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
        bound.putAll(headers);
        if (!version.etag().isEmpty()) {
            bound.put("If-Match", version.etag());
        }
        return bound;
    }

    @Override
    public PieceReader open(SourceVersion version, long offset, long end) throws JobException {
        UrlClient.Answer answer = send(bound(version), "bytes=" + offset + "-" + (end - 1));
        if (answer.status() != PARTIAL_CONTENT) {
            answer.close();
            throw refused(answer.status());
        }
        String range = answer.header("Content-Range");
        String tag = answer.header("ETag");
        if (!range.equals("bytes " + offset + "-" + (end - 1) + "/" + version.size())
                || (!version.etag().isEmpty() && !tag.equals(version.etag()))) {
            answer.close();
            throw JobException.temporary(describe(url) + " has changed meanwhile");
        }
        return new PieceReader() {
            private long left = end - offset;

            @Override
            public int read(ByteBuffer target) throws JobException {
                if (left == 0) {
                    return -1;
                }
                byte[] bytes = new byte[(int) Math.min(target.remaining(), left)];
                try {
                    int count = answer.body().read(bytes);
                    if (count < 0) {
                        throw JobException.temporary(describe(url) + " ended " + left + " bytes too early");
                    }
                    target.put(bytes, 0, count);
                    left -= count;
                    return count;
                } catch (IOException e) {
                    throw JobException.temporary(describe(url) + ": " + e.getMessage(), e);
                }
            }

            @Override
            public void close() {
                answer.close();
            }
        };
    }

    @Override
    public Map<DigestAlgorithm, byte[]> digests(SourceVersion version) {
        return Map.of();
    }

    /** Secrets may be in the value of a header: what is wrong is said without it. */
    private void check(String name, String value) throws JobException {
        if (name.equalsIgnoreCase("Host")
                && !value.equalsIgnoreCase(url.getRawAuthority())
                && !value.equalsIgnoreCase(url.getHost())) {
            throw JobException.permanent("the order's Host header does not match its URL");
        }
        if (!HEADER_NAME.matcher(name).matches()
                || RESERVED.contains(name.toLowerCase(Locale.ROOT))
                || value.chars().anyMatch(c -> (c < ' ' && c != '\t') || c == 127)) {
            throw JobException.permanent("the order's header " + name + " is not a valid header");
        }
    }

    private UrlClient.Answer send(Map<String, String> given, String range) throws JobException {
        Map<String, String> sent = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
        for (Map.Entry<String, String> header : given.entrySet()) {
            check(header.getKey(), header.getValue());
            if (!header.getKey().equalsIgnoreCase("Host")) {
                sent.put(header.getKey(), header.getValue());
            }
        }
        sent.put("Range", range);
        try {
            return client.get(url, sent);
        } catch (IOException e) {
            throw JobException.temporary(describe(url) + " cannot be reached: " + e.getMessage(), e);
        }
    }

    private JobException refused(int status) {
        String message = describe(url) + " answered " + status;
        return status == PRECONDITION_FAILED || status == 408 || status == 425 || status == 429 || status >= 500
                ? JobException.temporary(message)
                : JobException.permanent(message);
    }
}
