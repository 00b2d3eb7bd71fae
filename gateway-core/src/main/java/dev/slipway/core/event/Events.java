package dev.slipway.core.event;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Passes each event to all subscribers. Thread-safe. */
public final class Events {
    private static final Logger log = LoggerFactory.getLogger(Events.class);

    private final List<Consumer<? super GatewayEvent>> subscribers = new CopyOnWriteArrayList<>();

    public Events() {}

    /**
     * Adds a subscriber permanently.
     *
     * @param subscriber called on the thread that serves the client, by several threads at once; must not block. Its
     *     exceptions are logged and otherwise ignored
     */
    public void subscribe(Consumer<? super GatewayEvent> subscriber) {
        subscribers.add(subscriber);
    }

    /** Calls all subscribers, in the order in which they subscribed. */
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
