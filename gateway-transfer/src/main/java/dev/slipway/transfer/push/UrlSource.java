package dev.slipway.transfer.push;

import dev.slipway.core.DigestAlgorithm;
import dev.slipway.core.store.PresignedRequest;
import dev.slipway.transfer.job.JobException;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What somebody has given the URL of, signed or not. */
final class UrlSource implements Source {
    private static final Duration ANSWER_LIMIT = Duration.ofSeconds(60);
    private static final int OK = 200;
    private static final int PARTIAL_CONTENT = 206;
    private static final int RANGE_NOT_SATISFIABLE = 416;
    private static final int PRECONDITION_FAILED = 412;

    /** {@code Content-Range} (RFC 9110, section 14.4). */
    private static final Pattern CONTENT_RANGE = Pattern.compile("bytes (?:[0-9]+-[0-9]+|\\*)/([0-9]{1,18})");

    private final HttpClient client;
    private final ScheduledExecutorService timer;
    private final URI url;
    private final Map<String, String> headers;

    /**
     * Something at a URL.
     *
     * @param timer ends what is silent for too long
     * @param headers are sent with each request
     */
    UrlSource(HttpClient client, ScheduledExecutorService timer, URI url, Map<String, String> headers) {
        this.client = client;
        this.timer = timer;
        this.url = url;
        this.headers = Map.copyOf(headers);
    }

    /** What is said of it to people: without its query, which may be a signature. */
    static String describe(URI url) {
        return url.getScheme() + "://" + url.getHost() + (url.getPort() < 0 ? "" : ":" + url.getPort())
                + url.getRawPath();
    }

    /** One byte is asked for, since what was signed for GET does not allow HEAD. */
    @Override
    public SourceVersion current() throws JobException {
        HttpResponse<InputStream> answer = send(url, headers, "bytes=0-0");
        closeQuietly(answer.body());
        int status = answer.statusCode();
        if (status != PARTIAL_CONTENT && status != RANGE_NOT_SATISFIABLE) {
            throw status == OK
                    ? JobException.permanent(describe(url) + " does not give ranges of what it has")
                    : refused(status);
        }
        Matcher range = CONTENT_RANGE.matcher(
                answer.headers().firstValue("Content-Range").orElse(""));
        if (!range.matches()) {
            throw JobException.permanent(describe(url) + " does not say how large it is");
        }
        String tag = answer.headers().firstValue("ETag").orElse("");
        // A weak tag does not tell versions apart (RFC 9110, section 8.8.1).
        return new SourceVersion(Long.parseLong(range.group(1)), tag.startsWith("W/") ? "" : tag, 0, null);
    }

    @Override
    public PresignedRequest request(SourceVersion version) {
        return new PresignedRequest(url, bound(version));
    }

    private Map<String, String> bound(SourceVersion version) {
        // Whoever has signed one of that name means the same version, or the request fails.
        Map<String, String> bound = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
        bound.putAll(headers);
        if (!version.etag().isEmpty()) {
            bound.put("If-Match", version.etag());
        }
        return bound;
    }

    @Override
    public PieceReader open(SourceVersion version, long offset, long end) throws JobException {
        HttpResponse<InputStream> answer = send(url, bound(version), "bytes=" + offset + "-" + (end - 1));
        InputStream body = answer.body();
        if (answer.statusCode() != PARTIAL_CONTENT) {
            closeQuietly(body);
            throw refused(answer.statusCode());
        }
        String range = answer.headers().firstValue("Content-Range").orElse("");
        String tag = answer.headers().firstValue("ETag").orElse("");
        if (!range.equals("bytes " + offset + "-" + (end - 1) + "/" + version.size())
                || (!version.etag().isEmpty() && !tag.equals(version.etag()))) {
            closeQuietly(body);
            throw JobException.temporary(describe(url) + " has something else by now than it had before");
        }
        return new PieceReader() {
            private long left = end - offset;

            @Override
            public int read(ByteBuffer target) throws JobException {
                if (left == 0) {
                    return -1;
                }
                byte[] bytes = new byte[(int) Math.min(target.remaining(), left)];
                // The client itself has no limit for the time between two bytes.
                Future<?> silence =
                        timer.schedule(() -> closeQuietly(body), ANSWER_LIMIT.toSeconds(), TimeUnit.SECONDS);
                try {
                    int count = body.read(bytes);
                    if (count < 0) {
                        throw JobException.temporary(describe(url) + " ended " + left + " bytes too early");
                    }
                    target.put(bytes, 0, count);
                    left -= count;
                    return count;
                } catch (IOException e) {
                    throw JobException.temporary(describe(url) + ": " + e.getMessage(), e);
                } finally {
                    silence.cancel(false);
                }
            }

            @Override
            public void close() {
                closeQuietly(body);
            }
        };
    }

    /** What is not read to its end may be closed with an error, which is of no interest. */
    private static void closeQuietly(InputStream body) {
        try {
            body.close();
        } catch (IOException e) {
            // Nobody reads it any more.
        }
    }

    @Override
    public Map<DigestAlgorithm, byte[]> digests(SourceVersion version) {
        return Map.of();
    }

    /** What the client says of a header that it does not take may have the header's secret in it. */
    private void set(HttpRequest.Builder get, String name, String value) throws JobException {
        if (name.equalsIgnoreCase("Host")) {
            if (!value.equalsIgnoreCase(url.getRawAuthority()) && !value.equalsIgnoreCase(url.getHost())) {
                throw JobException.permanent("the order's header Host is not that of its URL");
            }
            return;
        }
        try {
            get.header(name, value);
        } catch (IllegalArgumentException e) {
            throw JobException.permanent("the order's header " + name + " cannot be sent as it is");
        }
    }

    private HttpResponse<InputStream> send(URI target, Map<String, String> sent, String range) throws JobException {
        HttpRequest.Builder get =
                HttpRequest.newBuilder(target).timeout(ANSWER_LIMIT).header("Range", range);
        try {
            for (Map.Entry<String, String> header : sent.entrySet()) {
                set(get, header.getKey(), header.getValue());
            }
            return client.send(get.build(), BodyHandlers.ofInputStream());
        } catch (IOException e) {
            throw JobException.temporary(describe(url) + " cannot be reached: " + e.getMessage(), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw JobException.temporary(describe(url) + ": interrupted", e);
        }
    }

    private JobException refused(int status) {
        String message = describe(url) + " answers with " + status;
        return status == PRECONDITION_FAILED || status == 429 || status >= 500
                ? JobException.temporary(message)
                : JobException.permanent(message);
    }
}
