package dev.slipway.transfer.outcome;

import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Clock;
import java.util.HexFormat;
import java.util.Optional;
import java.util.Set;

/** A URL that events are POSTed to, as {@link WebhookSender} does. */
public final class Webhook implements OutcomeTarget {
    private final URI url;
    private final WebhookSecret secret;
    private final Set<WebhookEvent> events;
    private final WebhookSender sender;

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
        sender = new WebhookSender(clock);
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
        sender.send(url, secret, delivery.event(), delivery.body());
    }

    @Override
    public void close() {
        sender.close();
    }
}
