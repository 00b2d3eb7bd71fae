package dev.slipway.transfer.outcome;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Clock;
import java.time.Duration;
import java.util.HexFormat;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * A URL that events are POSTed to, signed according to the Standard Webhooks specification: the headers {@code
 * webhook-id}, {@code webhook-timestamp} and {@code webhook-signature}. Any answer of 200 to 299 confirms; redirects
 * are not followed, since the signed event would go to an unknown receiver.
 */
public final class Webhook implements OutcomeTarget {
    private static final Duration CONNECT = Duration.ofSeconds(10);
    private static final Duration ANSWER = Duration.ofSeconds(20);

    /** The longest pause that an overloaded receiver may request. */
    private static final Duration LONGEST_RETRY_AFTER = Duration.ofHours(1);

    private final URI url;
    private final WebhookSecret secret;
    private final Set<WebhookEvent> events;
    private final Clock clock;
    private final HttpClient client = HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .followRedirects(HttpClient.Redirect.NEVER)
            .connectTimeout(CONNECT)
            .build();

    /**
     * A webhook.
     *
     * @param url {@code http} or {@code https}; its path may be a secret
     * @param events what it receives
     */
    public Webhook(URI url, WebhookSecret secret, Set<WebhookEvent> events, Clock clock) {
        this.url = url;
        this.secret = secret;
        this.events = Set.copyOf(events);
        this.clock = clock;
    }

    /** Of its URL only a digest: paths of such URLs are secrets with some services. */
    @Override
    public String name() {
        try {
            byte[] digest =
                    MessageDigest.getInstance("SHA-256").digest(url.toString().getBytes(StandardCharsets.UTF_8));
            return "webhook:" + HexFormat.of().formatHex(digest, 0, 8);
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError("every Java has SHA-256", e);
        }
    }

    @Override
    public Optional<String> address(Outcome outcome) {
        WebhookEvent event = switch (outcome.type()) {
            case SUCCESS -> WebhookEvent.SUCCESS;
            case FAIL -> WebhookEvent.FAIL;
        };
        return events.contains(event) ? Optional.of("") : Optional.empty();
    }

    @Override
    public boolean wantsUploads() {
        return events.contains(WebhookEvent.UPLOADED);
    }

    @Override
    public void deliver(Delivery delivery) throws DeliveryException, InterruptedException {
        long timestamp = clock.instant().getEpochSecond();
        HttpRequest request = HttpRequest.newBuilder(url)
                .header("Content-Type", Outcome.MEDIA_TYPE + "; charset=utf-8")
                .header("User-Agent", "slipway")
                .header("webhook-id", delivery.event())
                .header("webhook-timestamp", String.valueOf(timestamp))
                .header("webhook-signature", secret.sign(delivery.event(), timestamp, delivery.body()))
                .POST(HttpRequest.BodyPublishers.ofString(delivery.body(), StandardCharsets.UTF_8))
                .build();
        CompletableFuture<HttpResponse<Void>> answer =
                client.sendAsync(request, HttpResponse.BodyHandlers.discarding());
        try {
            // With the body, which an HttpRequest's own time-out does not count.
            judge(answer.get(ANSWER.toMillis(), TimeUnit.MILLISECONDS));
        } catch (TimeoutException e) {
            throw DeliveryException.temporary(where() + " did not answer within " + ANSWER.toSeconds() + " s", e);
        } catch (ExecutionException e) {
            Throwable cause = e.getCause();
            // Other messages may quote the URL.
            String reason = cause instanceof IOException && cause.getMessage() != null
                    ? cause.getMessage()
                    : cause == null ? "no answer" : cause.getClass().getSimpleName();
            throw DeliveryException.temporary(where() + ": " + reason, cause);
        } finally {
            answer.cancel(true);
        }
    }

    private void judge(HttpResponse<Void> answer) throws DeliveryException {
        int status = answer.statusCode();
        if (status >= 200 && status <= 299) {
            return;
        }
        if (status == 410) {
            throw DeliveryException.unwanted(where() + " answered 410: it does not accept events any more");
        }
        String problem = where() + " answered " + status
                + (status >= 300 && status <= 399 ? ": redirects are not followed" : "");
        Duration wait = answer.headers()
                .firstValue("Retry-After")
                .filter(value -> value.matches("\\d{1,9}"))
                .map(value -> Duration.ofSeconds(Long.parseLong(value)))
                .orElse(Duration.ZERO);
        throw DeliveryException.notBefore(
                problem, wait.compareTo(LONGEST_RETRY_AFTER) < 0 ? wait : LONGEST_RETRY_AFTER);
    }

    /** For the log: without path and user. */
    private String where() {
        return url.getScheme() + "://" + url.getHost() + (url.getPort() < 0 ? "" : ":" + url.getPort());
    }

    @Override
    public void close() {
        client.shutdownNow();
    }
}
