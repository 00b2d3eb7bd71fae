package dev.slipway.transfer.push;

import dev.slipway.core.DigestAlgorithm;
import dev.slipway.core.store.PresignedRequest;
import dev.slipway.transfer.job.JobException;
import java.io.IOException;
import java.net.URI;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A source given by its URL, signed or not. Redirects lead to where it is; see {@link UrlClient}. A server that does not
 * support ranges sends the whole file each time.
 */
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

    /** How long a redirect counts: it may lead to a signed URL. */
    private static final Duration KEPT = Duration.ofSeconds(30);

    private final UrlClient client;
    private final URI url;
    private final Map<String, String> headers;

    /** Where it was lately. */
    private volatile @Nullable Place place;

    private volatile boolean sequential;

    /**
     * Where it is, after redirects.
     *
     * @param since as {@link System#nanoTime()}
     */
    private record Place(URI url, long since) {}

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
        try (UrlClient.Answer answer = send(Map.of("Range", "bytes=0-0"))) {
            place = new Place(answer.url(), System.nanoTime());
            return version(answer);
        }
    }

    @Override
    public boolean isSequential() {
        return sequential;
    }

    private SourceVersion version(UrlClient.Answer answer) throws JobException {
        int status = answer.status();
        if (status != PARTIAL_CONTENT && status != RANGE_NOT_SATISFIABLE && status != OK) {
            throw refused(status);
        }
        sequential = status == OK;
        Matcher range = CONTENT_RANGE.matcher(answer.header("Content-Range"));
        long size = sequential ? length(answer) : range.matches() ? Long.parseLong(range.group(1)) : -1;
        if (size < 0) {
            throw JobException.permanent(describe(url) + " does not report its size");
        }
        return new SourceVersion(size, tag(answer), 0, null);
    }

    /** The length of the whole file; -1 if it is not told. */
    private static long length(UrlClient.Answer answer) {
        String length = answer.header("Content-Length");
        return length.matches("[0-9]{1,18}")
                        && answer.header("Content-Encoding").isEmpty()
                ? Long.parseLong(length)
                : -1;
    }

    /** A weak tag does not tell versions apart (RFC 9110, section 8.8.1). */
    private static String tag(UrlClient.Answer answer) {
        String tag = answer.header("ETag");
        return tag.startsWith("W/") ? "" : tag;
    }

    @Override
    public PresignedRequest request(SourceVersion version) throws JobException {
        Place known = place;
        if (known == null || (!known.url().equals(url) && System.nanoTime() - known.since() > KEPT.toNanos())) {
            try (UrlClient.Answer answer = send(bound(version, "bytes=0-0"))) {
                known = new Place(answer.url(), System.nanoTime());
                place = known;
            }
        }
        // If the request contains a signed header of that name, it means the same version, or the request fails.
        Map<String, String> bound = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
        if (UrlClient.isSameServer(url, known.url())) {
            bound.putAll(headers);
        }
        bound.putAll(bound(version, ""));
        return new PresignedRequest(known.url(), bound);
    }

    /** The headers for a range of a version. */
    private static Map<String, String> bound(SourceVersion version, String range) {
        Map<String, String> bound = new TreeMap<>();
        if (!range.isEmpty()) {
            bound.put("Range", range);
        }
        if (!version.etag().isEmpty()) {
            bound.put("If-Match", version.etag());
        }
        return bound;
    }

    @Override
    public PieceReader open(SourceVersion version, long offset, long end) throws JobException {
        UrlClient.Answer answer = send(bound(version, "bytes=" + offset + "-" + (end - 1)));
        boolean isWhole = answer.status() == OK;
        if (answer.status() != PARTIAL_CONTENT && !isWhole) {
            answer.close();
            throw refused(answer.status());
        }
        String range = answer.header("Content-Range");
        boolean isWanted = isWhole
                ? length(answer) == version.size()
                : range.equals("bytes " + offset + "-" + (end - 1) + "/" + version.size());
        if (!isWanted || !tag(answer).equals(version.etag())) {
            answer.close();
            throw JobException.temporary(describe(url) + " has changed meanwhile");
        }
        if (isWhole && offset > 0 && version.etag().isEmpty()) {
            answer.close();
            throw JobException.temporary(
                    describe(url) + " supports neither ranges nor ETags, so a broken transfer begins anew");
        }
        return new PieceReader() {
            private long before = isWhole ? offset : 0;
            private long left = end - offset;

            @Override
            public int read(ByteBuffer target) throws JobException {
                if (left == 0) {
                    return -1;
                }
                byte[] bytes = new byte[(int) Math.min(target.remaining(), left)];
                try {
                    skip();
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

            // What the server sends although it was not asked for it.
            private void skip() throws IOException, JobException {
                while (before > 0) {
                    long skipped = answer.body().skip(before);
                    if (skipped == 0 && answer.body().read() < 0) {
                        throw JobException.temporary(describe(url) + " ended too early");
                    }
                    before -= Math.max(skipped, 1);
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
        // The server may have further names; that of an allowed source must not stand for one of another source.
        Optional<String> problem = name.equalsIgnoreCase("Host") ? client.problemOfHost(url, value) : Optional.empty();
        if (problem.isPresent()) {
            throw JobException.permanent("the order's Host header: " + problem.get());
        }
        if (!HEADER_NAME.matcher(name).matches()
                || RESERVED.contains(name.toLowerCase(Locale.ROOT))
                || value.chars().anyMatch(c -> (c < ' ' && c != '\t') || c == 127)) {
            throw JobException.permanent("the order's header " + name + " is not a valid header");
        }
    }

    private UrlClient.Answer send(Map<String, String> own) throws JobException {
        for (Map.Entry<String, String> header : headers.entrySet()) {
            check(header.getKey(), header.getValue());
        }
        try {
            return client.get(url, headers, own);
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
