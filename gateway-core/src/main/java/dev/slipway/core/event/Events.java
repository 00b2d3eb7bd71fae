package dev.slipway.core.event;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Hands each event to all who have subscribed. Safe for use by several threads. */
public final class Events {
    private static final Logger log = LoggerFactory.getLogger(Events.class);

    private final List<Consumer<? super GatewayEvent>> subscribers = new CopyOnWriteArrayList<>();

    /**
     * Adds a subscriber for as long as this lives.
     *
     * @param subscriber called on the thread that serves the client, by several threads at once; must not block. What it
     *     throws is logged and changes nothing else
     */
    public void subscribe(Consumer<? super GatewayEvent> subscriber) {
        subscribers.add(subscriber);
    }

    /** Tells all subscribers, in the order in which they have subscribed. */
    public void publish(GatewayEvent event) {
        for (Consumer<? super GatewayEvent> subscriber : subscribers) {
            try {
                subscriber.accept(event);
            } catch (RuntimeException e) {
                log.error("A subscriber failed to handle {}", event, e);
            }
        }
    }
}
