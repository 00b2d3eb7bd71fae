package dev.slipway.transfer.outcome;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.InstantSource;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * POSTs events, signed according to the Standard Webhooks specification: the headers {@code webhook-id}, {@code
 * webhook-timestamp} and {@code webhook-signature}. Any answer of 200 to 299 confirms; redirects are not followed, since
 * the signed event would go to an unknown receiver. Thread-safe.
 */
public final class WebhookSender implements AutoCloseable {
    private static final Duration CONNECT = Duration.ofSeconds(10);
    private static final Duration ANSWER = Duration.ofSeconds(20);

    /** The longest pause that an overloaded receiver may request. */
    private static final Duration LONGEST_RETRY_AFTER = Duration.ofHours(1);

    private final InstantSource clock;
    private final HttpClient client = HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .followRedirects(HttpClient.Redirect.NEVER)
            .connectTimeout(CONNECT)
            .build();

    public WebhookSender(InstantSource clock) {
        this.clock = clock;
    }

    /**
     * Sends an event. Blocks until it is confirmed, at most half a minute.
     *
     * @param url {@code http} or {@code https}; its path may be a secret, and is in no message
     * @param id the event's id: the same if it is repeated
     * @param body the event as JSON
     * @throws DeliveryException it was not confirmed
     */
    public void send(URI url, WebhookSecret secret, String id, String body)
            throws DeliveryException, InterruptedException {
        long timestamp = clock.instant().getEpochSecond();
        HttpRequest request = HttpRequest.newBuilder(url)
                .header("Content-Type", Outcome.MEDIA_TYPE + "; charset=utf-8")
                .header("User-Agent", "slipway")
                .header("webhook-id", id)
                .header("webhook-timestamp", String.valueOf(timestamp))
                .header("webhook-signature", secret.sign(id, timestamp, body))
                .POST(HttpRequest.BodyPublishers.ofString(body, StandardCharsets.UTF_8))
                .build();
        CompletableFuture<HttpResponse<Void>> answer =
                client.sendAsync(request, HttpResponse.BodyHandlers.discarding());
        String where = where(url);
        try {
            // With the body, which an HttpRequest's own time-out does not count.
            judge(where, answer.get(ANSWER.toMillis(), TimeUnit.MILLISECONDS));
        } catch (TimeoutException e) {
            throw DeliveryException.temporary(where + " did not answer within " + ANSWER.toSeconds() + " s", e);
        } catch (ExecutionException e) {
            Throwable cause = e.getCause();
            // Other messages may quote the URL.
            String reason = cause instanceof IOException && cause.getMessage() != null
                    ? cause.getMessage()
                    : cause == null ? "no answer" : cause.getClass().getSimpleName();
            throw DeliveryException.temporary(where + ": " + reason, cause);
        } finally {
            answer.cancel(true);
        }
    }

    private static void judge(String where, HttpResponse<Void> answer) throws DeliveryException {
        int status = answer.statusCode();
        if (status >= 200 && status <= 299) {
            return;
        }
        if (status == 410) {
            throw DeliveryException.unwanted(where + " answered 410: it does not accept events any more");
        }
        String problem =
                where + " answered " + status + (status >= 300 && status <= 399 ? ": redirects are not followed" : "");
        Duration wait = answer.headers()
                .firstValue("Retry-After")
                .filter(value -> value.matches("\\d{1,9}"))
                .map(value -> Duration.ofSeconds(Long.parseLong(value)))
                .orElse(Duration.ZERO);
        throw DeliveryException.notBefore(
                problem, wait.compareTo(LONGEST_RETRY_AFTER) < 0 ? wait : LONGEST_RETRY_AFTER);
    }

    /** For people: without path and user. */
    private static String where(URI url) {
        return url.getScheme() + "://" + url.getHost() + (url.getPort() < 0 ? "" : ":" + url.getPort());
    }

    /** Ends what is being sent. */
    @Override
    public void close() {
        client.shutdownNow();
    }
}
